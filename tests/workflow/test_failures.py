"""Mistakes and mishaps: a clear message, and a report of the rest."""

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pandas as pd
import pytest
import yaml


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("datasets=[yann]", "there is no card 'yann'. Did you mean 'yan'?"),
        ("methods=[scvii]", "there is no card 'scvii'. Did you mean 'scvi'?"),
        ("sedes=[1]", "unknown key 'sedes'. Did you mean 'seeds'?"),
        ("seeds=[one]", "seeds.0: 'one' is not of type 'integer'"),
    ],
)
def test_a_wrong_setting_on_the_command_line(tmp_path, snakemake, setting, words):
    output = snakemake(tmp_path, "-n", "--config", setting, fails=True)
    assert words in output
    assert "Traceback" not in output


def test_the_paper_run_can_be_planned_without_data(tmp_path, planned):
    jobs = planned(tmp_path, "--resources", "gpu=1")
    assert jobs["method_clear"] == jobs["method_seurat"] == 10 * 5


def test_lists_and_numbers_from_the_command_line(tmp_path, planned):
    settings = ["datasets=[yan,deng,pollen]", "methods=[clear,pca]", "seeds=[0,1]", "quick=true"]
    jobs = planned(tmp_path, "--config", *settings, "mirror=nowhere", "run=mine")
    assert jobs["method_clear"] == 6
    assert jobs["fetch"] == 3


def test_a_dataset_that_cannot_be_had_leaves_the_rest_and_a_report(
    tmp_path, cards, cells, snakemake
):
    broken = cells.copy()
    broken.X.data[7] = np.nan
    broken.write_h5ad(cards / "broken.h5ad")
    card = {"id": "broken", "title": "Broken", "path": "../broken.h5ad", "unit": "counts"}
    card |= {"tasks": ["clustering"], "prepare": {"min_genes": 50}}
    (cards / "datasets/broken.yaml").write_text(yaml.safe_dump(card))
    settings = [f"extra_cards={cards}", "datasets=[broken,tiny]", "methods=[control_random]"]
    arguments = ["--config", *settings, "seeds=[0,1]", "run=r"]
    output = snakemake(tmp_path, *arguments, fails=True)
    assert "values are NaN" in output
    assert "2 of 4 runs have no result" in output

    results = tmp_path / "results/r"
    scores = pd.read_csv(results / "scores.tsv", sep="\t")
    assert scores.groupby("dataset").status.unique().map(list).to_dict() == {
        "broken": ["failed"],
        "tiny": ["ok"],
    }
    runs = pd.read_csv(results / "runs.tsv", sep="\t")
    assert runs[runs.dataset == "broken"].message.str.contains("1 values are NaN").all()
    assert "values are NaN" in (results / "report/index.html").read_text()
    assert (results / "figures/fig2a.standard.png").stat().st_size > 0
    assert not (results / "data/broken/dataset.h5ad").exists()

    cells.write_h5ad(cards / "broken.h5ad")
    snakemake(tmp_path, *arguments)
    assert set(pd.read_csv(results / "scores.tsv", sep="\t").status) == {"ok"}

    broken.write_h5ad(cards / "broken.h5ad")  # breaks after a good run
    assert "2 of 4 runs have no result" in snakemake(tmp_path, *arguments, fails=True)
    scores = pd.read_csv(results / "scores.tsv", sep="\t")
    assert set(scores[scores.dataset == "broken"].status) == {"failed"}
    assert "Nothing to be done" not in snakemake(tmp_path, *arguments, fails=True)

    rest = [argument.replace("broken,", "") for argument in arguments]
    snakemake(tmp_path, *rest)
    scores = pd.read_csv(results / "scores.tsv", sep="\t")
    assert set(scores.dataset) == {"tiny"}


def test_a_dead_url_is_tried_again_next_time(tmp_path, cards, cells, snakemake):
    served = tmp_path / "served"
    served.mkdir()
    handler = partial(SimpleHTTPRequestHandler, directory=str(served))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/far.h5ad"
        card = {"id": "far", "title": "Far", "unit": "counts", "tasks": ["clustering"]}
        card |= {"files": [{"name": "far.h5ad", "urls": [url]}], "prepare": {"min_genes": 50}}
        (cards / "datasets/far.yaml").write_text(yaml.safe_dump(card))
        settings = [f"extra_cards={cards}", "datasets=[far]", "methods=[control_random]"]
        arguments = ["--config", *settings, "seeds=[0]", "run=r"]
        for _ in range(2):
            output = snakemake(tmp_path, *arguments, fails=True)
            assert "HTTP 404" in output
            assert "by hand" in output
        assert "HTTP 404" in (tmp_path / "results/r/report/index.html").read_text()
        cells.write_h5ad(served / "far.h5ad")
        snakemake(tmp_path, *arguments)
        server.shutdown()
    scores = pd.read_csv(tmp_path / "results/r/scores.tsv", sep="\t")
    assert set(scores.status) == {"ok"}
