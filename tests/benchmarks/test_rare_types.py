"""The benchmark of types that were made rare."""

import runpy
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData


@pytest.fixture
def rare_types(repository, monkeypatch):
    monkeypatch.syspath_prepend(repository / "benchmarks")
    return runpy.run_path(str(repository / "benchmarks" / "rare_types.py"))


def test_one_cell_in_a_hundred_is_left_of_a_type(rare_types):
    types = np.repeat(["a", "b"], [300, 1980])
    left = rare_types["thinned"](types, "a", np.random.default_rng(0))
    assert (types[left] == "a").sum() == 20 and (types[left] == "b").sum() == 1980
    assert (np.diff(left) > 0).all()
    few = rare_types["thinned"](types[:400], "a", np.random.default_rng(0))
    assert (types[few] == "a").sum() == 10  # ten at least


def test_scores_of_a_rare_type_by_hand(rare_types):
    # Rare cells at 0, 1 and 10; the nearest two of each other cell: (1, 2), (0, 2), (9, 8).
    embedding = np.array([[0.0], [1.0], [10.0], [2.2], [8.5], [8.0]])
    rare = np.array([True, True, True, False, False, False])
    assert rare_types["nearest_of_type"](embedding, rare) == pytest.approx((0.5 + 0.5 + 0) / 3)
    clusters = np.array([0, 0, 1, 0, 1, 1])
    # Cluster 0: two of three cells are rare, two of three rare cells are in it.
    assert rare_types["best_f1"](clusters, rare) == pytest.approx(2 / 3)


def test_types_that_lie_far_apart_stay_apart(repository, tmp_path):
    random = np.random.default_rng(0)
    types = np.repeat(["a", "b", "c"], [80, 70, 60])
    means = random.gamma(1.0, 1.0, (3, 80)) * 4
    X = np.log1p(random.poisson(means[np.repeat(np.arange(3), [80, 70, 60])])).astype(np.float32)
    data = AnnData(X)
    data.var["highly_variable"] = np.arange(80) < 70
    folder = tmp_path / "run" / "data" / "simulated" / "standard" / "none"
    folder.mkdir(parents=True)
    data.write_h5ad(folder / "input.h5ad")
    pd.DataFrame({"cell_type": types}).to_csv(folder / "truth.tsv", sep="\t")
    command = [sys.executable, str(repository / "benchmarks" / "rare_types.py")]
    command += [str(tmp_path / "run"), "--out", str(tmp_path / "out.tsv"), "--least", "100"]
    result = subprocess.run([*command, "--neighbors", "5"], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    table = pd.read_csv(tmp_path / "out.tsv", sep="\t")
    assert set(table["representation"]) == {"clear, 5 neighbours", "PCA, 50", "scaled PCA, 50"}
    assert set(table["type"]) == {"a", "b", "c"} and set(table["rare"]) == {10}
    assert table[table["representation"] != "scaled PCA, 50"]["score"].min() > 0.95

    result = subprocess.run([*command, "--most", "50"], capture_output=True, text=True)
    assert result.returncode == 2 and "no dataset of 100 to 50 cells" in result.stderr
