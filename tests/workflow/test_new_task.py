"""A task, a metric and a figure from one file each, by CONTRIBUTING.md, and no other edit."""

import json
import re
from html import unescape

import numpy as np
import pandas as pd
import pytest

METRIC = """
from clear.benchmark.metrics.metric import LOWER, Metric

METRICS = {
    "first": Metric(
        "First", "clusters", lambda types, clusters: 1.0, 0, 5, LOWER, "made up for a test"
    )
}
"""
GENES = """
from contract import read_input, read_params, write_embedding
params = read_params()
data = read_input(params)
write_embedding(params, data.dense("X"), data.cells)
"""
TIME = """
import numpy as np
from contract import read_input, read_params, write_pseudotime
params = read_params()
data = read_input(params)
write_pseudotime(params, np.arange(len(data.cells)), data.cells)
"""


@pytest.fixture
def with_batches(cards, cells, add_dataset):
    """A dataset of one's own for three tasks; one of them has no score."""
    cells.obs["donor"] = np.tile(["e", "f"], 60)
    cells.write_h5ad(cards / "batches.h5ad")
    tasks = ["clustering", "separation", "covid"]
    add_dataset(cards, "batches", path="../batches.h5ad", batch="donor", tasks=tasks)
    return cards


def test_one_file_makes_a_task_another_a_metric_and_one_more_a_figure(
    clone, repository, contributing, with_batches, add_method, snakemake, planned
):
    text = (repository / "CONTRIBUTING.md").read_text()
    (task,) = re.findall(r"## A task\n.*?```python\n(.*?)```", text, re.DOTALL)
    (clone / "clear/benchmark/tasks/separation.py").write_text(task)
    (clone / "clear/benchmark/metrics/toy.py").write_text(METRIC)
    only_time = {"tasks": ["covid"], "outputs": ["pseudotime"], "stochastic": False}
    add_method(with_batches, "timer", TIME, **only_time)
    add_method(with_batches, "genes", GENES, stochastic=False)
    settings = [f"extra_cards={with_batches}", "datasets=[batches]", "seeds=[0,1]", "run=r"]
    settings = ["--config", *settings, "methods=[genes,control_random,timer]"]
    workflow = {"snakefile": clone / "Snakefile"}
    snakemake(clone, *settings, **workflow)

    tables = {
        name: pd.read_csv(clone / f"results/r/{name}.tsv", sep="\t")
        for name in ("scores", "statistics", "ranks", "runs")
    }
    scores = tables["scores"]
    mine = scores[scores.task == "separation"]
    assert set(mine.track) == {"embedding"} and set(mine.metric) == {"asw"}
    assert sorted(zip(mine.method, mine.seed, strict=True)) == [
        ("control_random", 0), ("control_random", 1), ("genes", 0),
    ]  # fmt: skip
    assert mine.value.abs().max() < 0.2  # the donors are not apart
    toy = scores[scores.metric == "first"]
    assert set(toy.task) == {"clustering"} and {"given_k", "estimated_k", "sweep"} <= set(toy.track)

    ranks = tables["ranks"].set_index(["task", "track", "metric", "dataset", "method"])
    assert ranks.loc[("separation", "embedding", "asw", "batches", "genes"), "rank"] == 1
    assert ranks.loc[("clustering", "given_k", "first", "*", "genes"), "mean"] == 1
    assert "separation" in set(tables["statistics"].task)

    runs = tables["runs"].set_index(["method", "seed"])
    assert runs.loc[("genes", 0), "tasks"] == (
        "clustering: given_k, estimated_k, sweep, embedding; separation: embedding; "
        "covid: has no score"
    )
    assert runs.loc[("timer", 0), ["status", "scored"]].tolist() == ["ok", 0]
    assert "clustering: the method writes a pseudotime" in runs.loc[("timer", 0), "tasks"]

    page = (clone / "results/r/report/index.html").read_text()
    sections = re.findall(r'<section id="task-(\w+)"', page)
    assert sections == ["clustering", "separation", "covid"]
    assert "How far an embedding sets the batches apart." in page
    assert "made up for a test" in page and "lower is better" in page

    (clone / "clear/benchmark/figures/cost.py").write_text(contributing["figures/cost.py"])
    assert planned(clone, *settings, **workflow) == {"figure_cost": 1, "page": 1}
    snakemake(clone, *settings, **workflow)
    figures = clone / "results/r/figures"
    record = json.loads((figures / "cost.batches.json").read_text())
    assert record["heading"] == "Time on Batches"
    assert (figures / record["png"]).read_bytes().startswith(b"\x89PNG")
    assert (figures / record["pdf"]).read_bytes().startswith(b"%PDF")
    page = (clone / "results/r/report/index.html").read_text()
    headings = re.findall(r"<figure>\s*<h3>(.*?)</h3>", page)
    assert headings[-1] == "Time on Batches"
    assert headings[0] == "Clustering (Fig. 2A)"
    assert record["caption"] in unescape(page)

    def scored_again(name):
        """Files whose scores are planned after an edit of a module."""
        path = clone / "clear/benchmark" / name
        path.write_text("EDITED = 1\n" + path.read_text())
        return planned(clone, *settings, **workflow)["score"]

    assert scored_again("metrics/toy.py") == 2  # clustering of two methods
    assert scored_again("tasks/separation.py") == 4


def test_a_task_that_no_module_scores_is_an_error_on_a_card(clone, with_batches, snakemake):
    settings = [f"extra_cards={with_batches}", "datasets=[batches]", "methods=[pca]"]
    workflow = {"snakefile": clone / "Snakefile"}
    output = snakemake(clone, "-n", "--config", *settings, fails=True, **workflow)
    assert "'separation' is not one of ['batch', 'clustering'" in output
