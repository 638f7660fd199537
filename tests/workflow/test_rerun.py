"""What is run again: after nothing, an edit, a crash; and never two at once."""

import os
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


def wait_for(condition, seconds=120) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.1)


def test_an_edit_reruns_what_depends_on_it_and_nothing_else(clone, cards, snakemake, planned):
    arguments = ["--config", f"extra_cards={cards}", *RUN, "methods=[control_random,pca]"]
    keywords = {"snakefile": clone / "Snakefile"}
    snakemake(clone, *arguments, **keywords)

    def after_editing(name: str, old: str, new: str) -> dict[str, int]:
        path = clone / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))
        jobs = planned(clone, *arguments, **keywords)
        path.write_text(text)
        return jobs

    comment = ('"""', '"""Edited. ')
    assert planned(clone, *arguments, **keywords) == {}
    assert after_editing("clear/model/augment.py", *comment) == {}
    assert after_editing("clear/benchmark/figures/fig2a.py", *comment) == {
        "figure_fig2a": 1,
        "page": 1,
    }
    assert after_editing("clear/benchmark/statistics/ranks.py", *comment) == {"page": 1}
    figures = {"figure_fig2a": 1, "figure_umap": 1, "page": 1}
    scores = {"score": 2, "collect": 1} | figures
    jobs = after_editing("clear/benchmark/metrics/clustering.py", *comment)
    assert {rule: jobs.get(rule) for rule in scores} == scores
    assert not any(rule.startswith(("method", "prepare", "read", "fetch")) for rule in jobs)
    jobs = after_editing("scripts/methods/pca.py", *comment)
    assert "method_pca" in jobs
    assert "method_control_random" not in jobs
    jobs = after_editing("clear/benchmark/data/prepare/prepare.py", *comment)
    assert {"prepare", "method_pca", "method_control_random"} <= set(jobs)
    assert "read" not in jobs
    jobs = after_editing("config/methods/pca.yaml", "n_components: 50", "n_components: 9")
    assert "method_pca" in jobs
    assert "method_control_random" not in jobs
    jobs = after_editing("config/methods/pca.yaml", "title: PCA", "title: Components")
    assert jobs == {"manifest": 1} | figures
    card = cards / "datasets/tiny.yaml"
    card.write_text(card.read_text().replace("Tiny", "Tiny cells"))
    expected = {"manifest": 1, "figure_qc": 1} | figures
    assert planned(clone, *arguments, **keywords) == expected
    again = [argument.replace("run=r", "mirror=elsewhere") for argument in arguments]
    assert "fetch" not in planned(clone, *again, "run=r", **keywords)


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
