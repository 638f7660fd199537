"""What is run again: after nothing, an edit, a crash; and never two at once."""

import os
import signal
import time
from pathlib import Path

import pytest
import yaml

RUN = ["datasets=[tiny]", "seeds=[0]", "run=r"]
SLOW = """
import time
from contract import read_input, read_params, write_embedding
params = read_params()
data = read_input(params)
time.sleep(params.settings["seconds"])
write_embedding(params, data.dense("X")[:, :3], data.cells)
"""


METHODS = ["pca", "clear_released", "in_r"]
EVERY_METHOD = {f"method_{name}": 2 for name in METHODS}
IN_R = """
# From R.
source(Sys.getenv("CONTRACT_R"))
not_applicable("it does nothing")
"""
FIGURES = {"figure_fig2a": 1, "figure_umap": 2}
DOCSTRING = ('"""', '"""Edited. ')
LINE = ("", "EDITED = 1\n")

CONTRACT = "clear/benchmark/methods/contract"

# What cannot change a result: (file, old text, new text), all at once.
NOTHING = [
    ("clear/errors.py", "A mistake in the input", "Something wrong in the input"),
    ("clear/model/augment.py", *DOCSTRING),
    ("clear/benchmark/methods/verdict.py", *DOCSTRING),
    ("clear/benchmark/methods/runner/folder.py", "\n    cancel =", "\n    # edited\n    cancel ="),
    ("clear/benchmark/metrics/clustering.py", *DOCSTRING),
    ("clear/benchmark/figures/fig2a.py", *DOCSTRING),
    ("clear/benchmark/data/readers/h5ad.py", *DOCSTRING),
    ("clear/benchmark/data/readers/h5ad.py", "cannot be read as", "is no"),
    ("clear/benchmark/data/readers/tenx_h5.py", *LINE),
    ("clear/benchmark/data/readers/__init__.py", "AnnData of any version.", "AnnData."),
    ("clear/presets.py", "learning_rate=5e-4", "learning_rate=6e-4"),
    ("scripts/data/read.py", *DOCSTRING),
    ("scripts/tasks/score.py", *DOCSTRING),
    ("scripts/methods/pca/run.py", *DOCSTRING),
    (f"{CONTRACT}/outputs.py", "rows for {len(cells)}", "rows, not {len(X)}"),
    (f"{CONTRACT}.R", "\n# ", "\n# Edited. "),
    ("config/methods/pca.yaml", "id: pca", "id: pca  # edited"),
    ("envs/main.yaml", "# The", "# This is the"),
]


@pytest.fixture
def finished(clone, cards, cells, add_method, snakemake, planned):
    """A run to its end on the dataset ``tiny``, an h5ad, and ``listed``, the same cells as CSV.

    Returns what plans it anew after edits, as jobs by rule.
    """
    cells.to_df().to_csv(cards / "listed.csv")
    card = {"id": "listed", "title": "Listed", "path": "../listed.csv", "unit": "counts"}
    card |= {"tasks": ["clustering"], "prepare": {"min_genes": 50}}
    card |= {"reader_options": {"genes_in": "columns"}}
    (cards / "datasets/listed.yaml").write_text(yaml.safe_dump(card))
    add_method(cards, "in_r", IN_R, language="R", stochastic=False)
    run = {"extra_cards": cards, "datasets": "[tiny,listed]", "methods": f"[{','.join(METHODS)}]"}
    run |= {"seeds": "[0]", "run": "r", "quick": "true", "device": "auto"}

    def arguments(settings: dict) -> list[str]:
        return ["--config", *(f"{key}={value}" for key, value in (run | settings).items())]

    def plan(*edits: tuple[Path, str, str], **settings: str) -> dict[str, int]:
        texts = {path: path.read_text() for path, _, _ in edits}
        for path, old, new in edits:
            text = path.read_text()
            assert old in text, (path, old)
            path.write_text(text.replace(old, new, 1))
        jobs = planned(clone, *arguments(settings), snakefile=clone / "Snakefile")
        for path, text in texts.items():
            path.write_text(text)
        return jobs

    snakemake(clone, *arguments({}), snakefile=clone / "Snakefile")
    return plan


def wait_for(condition, seconds=120) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.1)


def test_an_edit_reruns_what_depends_on_it_and_nothing_else(clone, cards, finished):
    def after(file: str, old: str, new: str) -> dict[str, int]:
        return finished((clone / file, old, new))

    assert finished() == {}
    assert finished(*((clone / file, old, new) for file, old, new in NOTHING)) == {}

    page = {"page": 1}
    tables = {"collect": 1, "statistics": 1, "ranks": 1, "costs": 1} | FIGURES | page
    scores = {"score": 6} | tables
    everything = {"read": 2, "qc": 2, "prepare": 2, "umap": 2, "figure_qc": 2}
    everything |= EVERY_METHOD | scores
    half = {rule: -(-n // 2) for rule, n in everything.items()} | tables

    # data
    assert after("clear/benchmark/data/readers/h5ad.py", *LINE) == half
    assert after("clear/benchmark/data/readers/table.py", *LINE) == half
    changed = ("h5ad.read_h5ad", "h5ad.read_twice")
    assert after("clear/benchmark/data/readers/__init__.py", *changed) == half
    jobs = after("clear/benchmark/data/prepare/prepare.py", *LINE)
    assert jobs == {rule: n for rule, n in everything.items() if rule != "read"}
    jobs = after("clear/errors.py", "class ClearError", "EDITED = 1\n\n\nclass ClearError")
    assert jobs == everything | {"fetch": 2, "manifest": 1}
    # methods
    runs = EVERY_METHOD | {"umap": 2} | scores
    assert after("clear/benchmark/methods/verdict.py", *LINE) == runs
    jobs = after(f"{CONTRACT}/outputs.py", *LINE)
    assert jobs == {rule: n for rule, n in runs.items() if rule != "method_in_r"}
    of_one = {"umap": 2} | scores | {"score": 2}
    jobs = after(f"{CONTRACT}.R", "not_applicable <-", "edited <- 1\nnot_applicable <-")
    assert jobs == {"method_in_r": 2} | of_one
    pca = {"method_pca": 2} | of_one
    assert after("scripts/methods/pca/run.py", *LINE) == pca
    assert after("config/methods/pca.yaml", "n_components: 50", "n_components: 9") == pca
    released = {"method_clear_released": 2} | of_one
    assert after("clear/presets.py", "learning_rate=5e-3", "learning_rate=6e-3") == released
    assert finished(device="cpu") == released | {"manifest": 1}
    # tasks, statistics, figures and the page
    assert after("clear/benchmark/metrics/clustering.py", *LINE) == scores
    assert after("clear/benchmark/statistics/ranks.py", *LINE) == {"ranks": 1} | page
    assert after("clear/benchmark/tasks/clustering.py", *LINE) == scores
    assert after("clear/benchmark/figures/fig2a.py", *LINE) == {"figure_fig2a": 1} | page
    assert after("clear/benchmark/report/page.css", "{", "{ ") == page
    jobs = after("clear/benchmark/vocabulary.py", '"our preparation"', '"ours"')
    assert "page" in jobs and not {"read", "prepare", "method_pca", "score"} & set(jobs)
    title = {"manifest": 1} | FIGURES | page
    assert after("config/methods/pca.yaml", "title: PCA", "title: Components") == title
    jobs = finished((cards / "datasets/tiny.yaml", "title: Tiny", "title: Tiny cells"))
    assert jobs == title | {"figure_qc": 1}
    # a mirror is for datasets with files to look for there
    assert finished(mirror="elsewhere") == title


def test_after_kill_9_the_same_command_ends_in_the_same_scores(
    tmp_path, cards, add_method, start_snakemake, snakemake
):
    for name in ("slow", "slower"):
        add_method(cards, name, SLOW, settings={"seconds": 6}, stochastic=False)
    settings = [
        f"extra_cards={cards}",
        *RUN,
        "methods=[control_random,clear,slow,slower]",
        "quick=true",
    ]
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    for folder in (whole, cut):
        folder.mkdir()
    snakemake(whole, "--config", *settings)

    process = start_snakemake(cut, "--config", *settings)
    runs = cut / "results/r/methods/tiny/standard/none"
    wait_for(lambda: (runs / "slow/seed0.part").exists() or (runs / "slower/seed0.part").exists())
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    wait_for(lambda: not running(cut))
    assert not (cut / "results/r/scores.tsv").exists()
    snakemake(cut, "--config", *settings)
    scores = "results/r/scores.tsv"
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
    add_method(cards, "slow", SLOW, settings={"seconds": 8}, stochastic=False)
    settings = [f"extra_cards={cards}", *RUN, "methods=[control_random,slow]"]
    process = start_snakemake(tmp_path, "--config", *settings)
    wait_for((tmp_path / "results/r/methods/tiny/standard/none/slow/seed0.part").exists)
    os.killpg(process.pid, signum)
    process.communicate(timeout=60)
    assert process.returncode != 0
    wait_for(lambda: not running(tmp_path))
    snakemake(tmp_path, "--config", *settings)
    scores = (tmp_path / "results/r/scores.tsv").read_text()
    assert "slow" in scores
    assert "failed" not in scores
