"""Runs of an ablation: done once, kept whatever happens, failures among them."""

import dataclasses
import json

import anndata
import numpy as np
import pandas as pd
import pytest

from clear.benchmark.ablation.command import ablate
from clear.benchmark.ablation.plan import Arm
from clear.benchmark.ablation.provenance import code_hash
from clear.benchmark.ablation.run import prepare_dataset, run, spread
from clear.benchmark.ablation.schedule import remaining_seconds, waiting
from clear.benchmark.ablation.store import append, read, table
from clear.benchmark.figures import training_curves
from clear.errors import ClearError
from clear.presets import PAPER

ARMS = [
    Arm("anchor", "short", dataclasses.replace(PAPER, epochs=2, learning_rate=1e-3)),
    Arm("single", "long", dataclasses.replace(PAPER, epochs=4, learning_rate=1e-3)),
    Arm("path", "short again", dataclasses.replace(PAPER, epochs=2, learning_rate=1e-3)),
]
PREPARE = {"min_genes": 1, "min_cells": 1, "target_sum": 10000, "n_top_genes": 25}
PREPARE |= {"hvg_flavor": "seurat", "max_mito": None, "max_ercc": None, "scale": None}
SCORES = {"kmeans_n_init": 2, "n_neighbors": 5, "leiden_resolution": 1.0}


@pytest.fixture
def data(tmp_path):
    """A folder with the dataset "tiny": 40 cells of two types, 300 genes."""
    rng = np.random.default_rng(0)
    means = rng.gamma(1.0, 3.0, size=(2, 300))
    types = np.repeat([0, 1], 20)
    obs = pd.DataFrame({"cell_type": [f"type {t}" for t in types]}, [f"c{i}" for i in range(40)])
    tiny = anndata.AnnData(rng.poisson(means[types]).astype(np.float32), obs)
    tiny.uns["unit"] = "counts (reads)"
    tiny.write_h5ad(tmp_path / "tiny.h5ad")
    return tmp_path


def row(arm, dataset, seed, sources="now"):
    return {"settings": arm.key, "dataset": dataset, "seed": seed, "sources": sources}


def test_runs_of_equal_settings_are_done_once_and_seed_by_seed():
    runs = waiting(ARMS, ["a", "b"], 2, "now", [])
    found = [(r.seed, r.arm.name, r.dataset) for r in runs]
    names = [(name, dataset) for name in ("short", "long") for dataset in "ab"]
    assert found == [(seed, *name) for seed in (0, 1) for name in names]


def test_what_is_done_by_the_same_code_is_not_waited_for():
    done = [row(ARMS[0], "a", 0), row(ARMS[1], "a", 0, "before")]
    runs = waiting(ARMS, ["a"], 1, "now", done)
    assert [r.arm.name for r in runs] == ["long"]


def test_a_line_cut_off_by_a_kill_loses_that_run_only(tmp_path):
    path = tmp_path / "runs.jsonl"
    append(path, row(ARMS[0], "a", 0))
    append(path, row(ARMS[0], "a", 1))
    whole = path.read_bytes()
    for end in range(whole.index(b"\n") + 1, len(whole)):
        path.write_bytes(whole[:end])
        append(path, row(ARMS[0], "a", 2))
        seeds = [found["seed"] for found in read(path)]
        # Without its last character, the newline, a line is whole.
        assert seeds == ([0, 1, 2] if end == len(whole) - 1 else [0, 2])


def test_the_table_has_the_present_code_only_and_no_histories(tmp_path):
    rows = [row(ARMS[0], "a", 0) | {"ari": 0.5, "history": {"loss": [1]}}]
    rows += [row(ARMS[1], "a", 0, "before") | {"ari": 0.1}]
    found = table(rows, "now")
    assert found["ari"].tolist() == [0.5]
    assert "history" not in found


def test_remaining_time_is_what_the_finished_runs_say():
    runs = waiting(ARMS, ["a", "b"], 2, "now", [])
    cells = {"a": 100, "b": 1000}

    def taken(r):
        return 3 + 0.01 * cells[r.dataset] * r.arm.preset.epochs

    finished, left = [(r, taken(r)) for r in runs[:3]], runs[3:]
    expected = sum(map(taken, left)) / 2
    assert remaining_seconds(left, finished, cells, jobs=2) == pytest.approx(expected)
    assert np.isnan(remaining_seconds(left, finished[:1], cells, jobs=2))


def test_datasets_are_prepared_from_counts_of_any_kind(data):
    assert prepare_dataset(data / "tiny.h5ad", data / "out", PREPARE) == 40
    prepared = anndata.read_h5ad(data / "out" / "input.h5ad")
    assert np.allclose(np.expm1(prepared.X.toarray()).sum(axis=1), 10000, rtol=1e-4)
    assert prepared.var["highly_variable"].sum() == 25
    assert list(prepared.obs) == []


def test_a_dataset_that_is_not_there_is_named(data):
    with pytest.raises(ClearError, match=r"missing\.h5ad does not exist"):
        prepare_dataset(data / "missing.h5ad", data / "out", PREPARE)


def test_labels_enter_the_scores_only(data):
    prepare_dataset(data / "tiny.h5ad", data / "out", PREPARE)
    before = run(data / "out", ARMS[0].preset, 0, SCORES)
    truth = pd.read_csv(data / "out" / "truth.tsv", sep="\t")
    truth["cell_type"] = np.random.default_rng(1).permutation(truth["cell_type"])
    truth.to_csv(data / "out" / "truth.tsv", sep="\t", index=False)
    after = run(data / "out", ARMS[0].preset, 0, SCORES)
    scores = {"ari", "nmi", "leiden_ari", "leiden_nmi"}
    assert {n for n in before if n != "seconds" and before[n] != after[n]} == scores
    assert before["ari"] > 0.5 > after["ari"]


def test_the_command_goes_on_and_failures_are_rows(data):
    bad = dataclasses.replace(PAPER, epochs=2, learning_rate=1e38, schedule="drops")
    arms, out, said = [*ARMS, Arm("single", "bad", bad)], data / "results", []
    ablate(arms, data, ["tiny"], 1, 1, out, said.append)
    rows = {found["arm"]: found for found in read(out / "runs.jsonl")}
    assert {name: found["status"] for name, found in rows.items()} == {
        "short": "ok",
        "long": "ok",
        "bad": "failed",
    }
    assert rows["bad"]["message"].startswith(("ClearError: ", "RuntimeError: "))
    assert len(rows["long"]["history"]["loss"]) == 4
    assert set(training_curves.MEASURES) <= set(rows["long"]["history"])  # what is drawn
    before = (out / "runs.jsonl").read_bytes()
    ablate(arms, data, ["tiny"], 1, 1, out, said.append)
    assert (out / "runs.jsonl").read_bytes() == before
    assert said[-1].startswith("0 runs to do")


def test_spread_of_known_embeddings():
    east, north = [1.0, 0.0], [0.0, 1.0]
    assert spread(np.array([east, east])) == 0
    assert spread(np.array([east, [-2.0, 0.0]])) == pytest.approx(1)
    assert spread(np.array([east, north])) == pytest.approx(0.5**0.5)


def test_code_hash_counts_code_and_not_prose(tmp_path):
    script = tmp_path / "script.py"

    def hashed(text):
        script.write_text(text)
        return code_hash(script)

    first = hashed('"""Old."""\nX = 1\ndef f():\n    """Old."""\n    return X\n')
    assert hashed('"""New."""\n# new\nX=1\n\ndef f():\n    return X\n') == first
    assert hashed('"""Old."""\nX = 2\ndef f():\n    """Old."""\n    return X\n') != first
    assert hashed('"""Old."""\nX = 1\nP = Preset(a=1)\ndef f():\n    return X\n') == first


def test_rows_are_what_json_can_hold(data):
    prepare_dataset(data / "tiny.h5ad", data / "out", PREPARE)
    results = run(data / "out", ARMS[0].preset, 0, SCORES)
    assert json.loads(json.dumps(results, allow_nan=False)) == results
