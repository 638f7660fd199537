"""What is run again: after nothing, an edit, a crash; and never two at once."""

import json
import os
import re
import signal
import time
from pathlib import Path

import pytest

RUN = ["datasets=[tiny]", "seeds=[0]", "run=r"]
SLOW = """
import time
from contract import read_input, read_params, write_embedding
params = read_params()
data = read_input(params)
time.sleep(params.settings["seconds"])
write_embedding(params, data.dense("X")[:, :3], data.cells)
"""


DATASETS = ["deng", "yan", "tiny"]
METHODS = ["pca", "clear", "clear_released", "seurat"]
CONTRACT = "clear/benchmark/methods/contract"
DOCSTRING = ('"""', '"""Edited. ')
CODE = ("", "EDITED = 1\n")

# What cannot change a result: (file, old text, new text), all at once.
NOTHING = [
    ("clear/errors.py", *DOCSTRING),
    ("clear/model/augment.py", *DOCSTRING),
    ("clear/benchmark/methods/runner/verdict.py", *DOCSTRING),
    ("clear/benchmark/methods/runner/folder.py", "\n    part =", "\n    # edited\n    part ="),
    ("clear/benchmark/metrics/clustering.py", *DOCSTRING),
    ("clear/benchmark/figures/fig2a.py", *DOCSTRING),
    ("clear/benchmark/data/readers/h5ad.py", "cannot be read as", "is no"),
    ("clear/benchmark/data/readers/tenx_h5.py", *CODE),  # no card of the run names it
    ("clear/benchmark/data/readers/__init__.py", "AnnData of any version.", "AnnData."),
    ("clear/presets/__init__.py", *DOCSTRING),
    ("scripts/data/read.py", *DOCSTRING),
    ("scripts/tasks/score.py", *DOCSTRING),
    ("scripts/methods/pca/run.py", *DOCSTRING),
    (f"{CONTRACT}/outputs.py", "rows for {len(cells)}", "rows, not {len(X)}"),
    (f"{CONTRACT}.R", "\n# ", "\n# Edited. "),
    ("scripts/methods/seurat/run.R", "# Settings", "# Some settings"),
    ("config/methods/pca.yaml", "id: pca", "id: pca  # edited"),
    ("envs/main.yaml", "# The", "# This is the"),
]


@pytest.fixture
def replanned(clone, cards, snakemake, planned):
    """A run that counts as done, with empty files; returns what plans it anew after edits.

    The jobs are not run: ``--touch`` records their parameters as if they had been.
    """
    run = {"extra_cards": cards, "run": "r", "seeds": "[0]", "device": "auto"}
    run |= {"datasets": f"[{','.join(DATASETS)}]", "methods": f"[{','.join(METHODS)}]"}
    snakefile = clone / "Snakefile"

    def arguments(**settings: str) -> list[str]:
        return ["--config", *(f"{key}={value}" for key, value in (run | settings).items())]

    def plan(*edits: tuple[str, str, str], **settings: str) -> dict[str, int]:
        texts = {clone / file: (clone / file).read_text() for file, _, _ in edits}
        for file, old, new in edits:
            text = (clone / file).read_text()
            assert old in text, (file, old)
            (clone / file).write_text(text.replace(old, new, 1))
        jobs = planned(clone, *arguments(**settings), snakefile=snakefile)
        for path, text in texts.items():
            path.write_text(text)
        return jobs

    jobs = snakemake(clone, "-n", *arguments(), snakefile=snakefile)
    for line in re.findall(r"^ +output: (.*)$", jobs, re.MULTILINE):
        for path in (clone / name for name in line.split(", ")):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch() if "." in path.name else path.mkdir(exist_ok=True)
    snakemake(clone, "--touch", "--forceall", *arguments(), snakefile=snakefile)
    return plan


def wait_for(condition, seconds=120) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.1)


def test_an_edit_reruns_what_depends_on_it_and_nothing_else(replanned, cards):
    page = {"page": 1}
    supplement = ["table_s1", "table_s2", "table_published", "table_f1_scaled"]
    supplement = dict.fromkeys(supplement, 1)
    compared = dict.fromkeys(["ranks", "leave_out", "differences", "mean_ranks"], 1)
    of_these = ["heat", "forest", "critical_difference", "rank_stability", "cost_quality"]
    of_these = {f"figure_{name}": 1 for name in of_these}
    each = dict.fromkeys(["figure_sweep", "figure_umap", "figure_figs1_3"], 3)
    staged = {"figure_fig4": 2, "figure_figs21": 2}  # yan and deng have stages
    figures = {"figure_fig2a": 1} | supplement | each | staged | of_these | page
    tables = {"collect": 1, "statistics": 1, "costs": 1, "relative_costs": 1, "claims": 1}
    tables |= compared | figures

    def runs(methods: list[str], datasets: int = 3) -> dict[str, int]:
        """Return the jobs of methods on so many datasets, and what follows."""
        ordered = min(datasets, 2) if datasets > 1 else 0  # all but the first have stages
        return {
            **{f"method_{method}": datasets for method in methods},
            "score": (datasets + ordered) * len(methods),
            "umap": datasets,
            **({"order": ordered} if ordered else {}),
            **tables,
        }

    def data(datasets: int, step: str = "read") -> dict[str, int]:
        """Return the jobs of so many datasets from a step on."""
        steps = ["fetch", "read", "qc", "prepare"]
        steps = steps[steps.index(step) :]
        jobs = dict.fromkeys([*steps, "figure_qc"], datasets)
        return jobs | runs(METHODS, datasets)

    wrong = []

    def expect(jobs: dict[str, int], *edits: tuple[str, str, str], **settings: str) -> None:
        found = replanned(*edits, **settings)
        if found != jobs:
            names = sorted({*found, *jobs})
            differ = {n: (found.get(n), jobs.get(n)) for n in names if found.get(n) != jobs.get(n)}
            wrong.append({"edits": edits, **settings, "found and expected": differ})

    expect({})
    expect({}, *NOTHING)
    # data
    readers = "clear/benchmark/data/readers"
    expect(data(1), (f"{readers}/h5ad.py", *CODE))
    expect(data(2), (f"{readers}/sce.py", *CODE))
    expect(data(1), (f"{readers}/__init__.py", "h5ad.read_h5ad", "h5ad.read_twice"))
    expect(data(3, "prepare"), ("clear/benchmark/data/prepare/prepare.py", *CODE))
    expect(data(3, "fetch") | {"manifest": 1}, ("clear/errors.py", *CODE))
    # a mirror is for datasets with files to look for there
    expect(data(2, "fetch") | {"manifest": 1}, mirror=".")
    # methods
    expect(runs(METHODS), ("clear/benchmark/methods/runner/verdict.py", *CODE))
    launch = ("clear/benchmark/methods/launch.py", *CODE)
    expect(runs(["pca", "clear", "clear_released"]), launch)
    in_r = ("not_applicable <-", "edited <- 1\nnot_applicable <-")
    expect(runs(["seurat"]), (f"{CONTRACT}.R", *in_r))
    expect(runs(["pca"]), ("scripts/methods/pca/run.py", *CODE))
    setting = ("n_components: 50", "n_components: 9")
    expect(runs(["pca"]) | {"manifest": 1}, ("config/methods/pca.yaml", *setting))
    rate = ("learning_rate=5e-3", "learning_rate=6e-3")
    expect(runs(["clear_released"]), ("clear/presets/__init__.py", *rate))
    on_gpu = ["clear", "clear_released"]
    expect(runs(on_gpu), ("clear/model/augment.py", *CODE))
    expect(runs(on_gpu) | {"manifest": 1}, device="cpu")
    # tasks, statistics, figures and the page
    scores = {"score": 3 * len(METHODS)} | tables
    expect(scores, ("clear/benchmark/metrics/clustering.py", *CODE))
    # the other comparisons and tables take the names of views from it
    expect(compared | of_these | supplement | page, ("clear/benchmark/statistics/ranks.py", *CODE))
    intervals = {"differences": 1, "mean_ranks": 1, "claims": 1} | of_these | page
    del intervals["figure_heat"], intervals["figure_rank_stability"]
    expect(intervals, ("clear/benchmark/statistics/intervals.py", *CODE))
    expect({"figure_fig2a": 1} | page, ("clear/benchmark/figures/fig2a.py", *CODE))
    expect(supplement | page, ("clear/benchmark/report/page.css", "{", "{ "))
    word = ("clear/benchmark/vocabulary.py", '"our preparation"', '"ours"')
    jobs = replanned(word)
    assert "page" in jobs and not {"read", "prepare", "method_pca", "score"} & set(jobs)
    title = ("title: PCA", "title: Components")
    expect({"manifest": 1} | figures, ("config/methods/pca.yaml", *title))
    title = (str(cards / "datasets/tiny.yaml"), "title: Tiny", "title: Tiny cells")
    expect({"manifest": 1, "figure_qc": 1} | figures, title)
    assert not wrong, json.dumps(wrong, indent=1)


def test_after_kill_9_the_same_command_ends_in_the_same_scores(
    tmp_path, cards, add_method, start_snakemake, snakemake
):
    for name in ("slow", "slower"):
        add_method(cards, name, SLOW, settings={"seconds": 4}, stochastic=False)
    settings = [
        f"extra_cards={cards}",
        *RUN,
        "methods=[control_random,clear,slow,slower]",
        "quick=true",
    ]
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    for folder in (whole, cut):
        folder.mkdir()
    scores = "results/r/scores.tsv"
    snakemake(whole, scores, "--config", *settings)

    process = start_snakemake(cut, scores, "--config", *settings)
    runs = cut / "results/r/methods/tiny/standard/none"
    wait_for(lambda: (runs / "slow/seed0.part").exists() or (runs / "slower/seed0.part").exists())
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    wait_for(lambda: not running(cut))
    assert not (cut / scores).exists()
    snakemake(cut, scores, "--config", *settings)
    assert (cut / scores).read_bytes() == (whole / scores).read_bytes()
    assert not list(runs.rglob("*.part"))


def running(folder: Path) -> list[int]:
    """Processes that run in a folder."""
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                if str(folder) in str((process / "cwd").readlink()):
                    found.append(int(process.name))
            except OSError:
                continue
    return found


def test_two_at_once_on_the_same_results_are_refused(
    tmp_path, cards, add_method, start_snakemake, snakemake
):
    add_method(cards, "slow", SLOW, settings={"seconds": 60}, stochastic=False)
    settings = [f"extra_cards={cards}", *RUN, "methods=[slow]"]
    first = start_snakemake(tmp_path, "--config", *settings)
    wait_for((tmp_path / "results/r/methods/tiny/standard/none/slow/seed0.part").exists)
    output = snakemake(tmp_path, "--config", *settings, fails=True)
    assert "Another snakemake is working on results/r" in output
    assert first.poll() is None


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_after_an_interruption_the_same_command_goes_on(
    tmp_path, cards, add_method, start_snakemake, snakemake, signum
):
    add_method(cards, "slow", SLOW, settings={"seconds": 4}, stochastic=False)
    run = "results/r/methods/tiny/standard/none/slow/seed0"
    arguments = [run, "--config", f"extra_cards={cards}", *RUN, "methods=[slow]"]
    process = start_snakemake(tmp_path, *arguments)
    wait_for((tmp_path / f"{run}.part").exists)
    os.killpg(process.pid, signum)
    process.communicate(timeout=60)
    assert process.returncode != 0
    wait_for(lambda: not running(tmp_path))
    assert not (tmp_path / run).exists()
    snakemake(tmp_path, *arguments)
    assert json.loads((tmp_path / run / "status.json").read_text())["status"] == "ok"
