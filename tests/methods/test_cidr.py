"""CIDR: each step against a loop or a hand computation, and a run on easy cells."""

import h5py
import numpy as np
import pandas as pd
import pytest
from anndata.io import write_elem
from scipy.sparse import csr_matrix
from scipy.spatial.distance import pdist, squareform
from sklearn.metrics import adjusted_rand_score


def test_dissimilarity_equals_the_loop_over_pairs_and_genes(load, monkeypatch):
    cidr = load("cidr")
    monkeypatch.setattr(cidr, "BLOCK", 7)
    rng = np.random.default_rng(0)
    logged = rng.gamma(2.0, size=(9, 23))
    candidates = rng.random((9, 23)) < 0.4
    expected = np.zeros((9, 9))
    for i in range(9):
        for j in range(9):
            for g in range(23):
                a, b = logged[i, g], logged[j, g]
                neither = not candidates[i, g] and not candidates[j, g]
                if neither or max(a, b) > 2.0:
                    expected[i, j] += (a - b) ** 2
    found = cidr.squared_dissimilarity(logged, candidates, 2.0)
    np.testing.assert_allclose(found, expected, atol=1e-10)


def test_density_is_the_sum_of_kernels(load):
    dropouts = load("dropouts")
    x = np.random.default_rng(1).normal(3, 1, 400)
    width = dropouts.bandwidth(x)
    assert width == pytest.approx(0.9 * 400**-0.2 * min(np.std(x, ddof=1), iqr(x) / 1.34))
    grid, heights = dropouts.density(x, 1.0, 5.0, width)
    reach = np.sqrt(5) * width
    away = (grid[:, None] - x) / reach
    exact = np.where(abs(away) < 1, 0.75 / reach * (1 - away**2), 0).mean(axis=1)
    np.testing.assert_allclose(heights, exact, atol=2e-3)


def iqr(x):
    return np.percentile(x, 75) - np.percentile(x, 25)


def test_threshold_lies_in_the_valley_between_dropouts_and_expressed_values(load):
    rng = np.random.default_rng(2)
    x = np.concatenate([rng.normal(4, 0.8, 500), rng.normal(9, 0.8, 500)])
    assert 5.5 < load("dropouts").valley(x, library=1e6) < 7.5


def test_half_of_the_values_are_lost_at_the_imputation_threshold(load):
    rng = np.random.default_rng(3)
    level = rng.uniform(1, 9, 400)
    candidates = rng.random((300, 400)) < 1 / (1 + np.exp(1.7 * (level - 4.5)))
    logged = np.where(candidates, 0.0, level)
    assert load("dropouts").imputation_threshold(logged, candidates) == pytest.approx(4.5, abs=0.1)


def test_principal_coordinates_keep_euclidean_distances(load):
    X = np.random.default_rng(4).normal(size=(12, 3))
    coordinates, shares = load("cidr").principal_coordinates(squareform(pdist(X)) ** 2)
    assert coordinates.shape == (12, 3)
    np.testing.assert_allclose(pdist(coordinates), pdist(X))
    np.testing.assert_allclose(shares, coordinates.var(axis=0) / coordinates.var(axis=0).sum())


def test_coordinates_before_the_plateau_are_kept(load):
    number = load("cidr").number_of_coordinates
    plateau = 1 - 0.001 * np.arange(40)
    assert number(np.concatenate([[30, 20, 11], plateau])) == 3
    assert number(np.concatenate([[30], plateau])) == 4  # one would be too few: the usual number
    assert number(np.linspace(1, 0, 40)) == 4  # no bend at all


def test_the_bend_of_the_index_gives_the_number_of_clusters(load):
    cidr = load("cidr")
    rng = np.random.default_rng(5)
    centres = np.array([[0, 0], [9, 0], [0, 9], [9, 9], [20, 20]])
    points = np.repeat(centres, 20, axis=0) + rng.normal(0, 0.3, (100, 2))
    assert cidr.number_of_clusters(points, cidr.linkage(points, "ward")) == 5


@pytest.fixture
def easy(prepared):
    """Three types whose genes are expressed at levels as different as in real cells."""
    rng = np.random.default_rng(0)
    level = rng.lognormal(1, 1.5, (1, 600))
    change = np.exp(rng.normal(0, 1, (3, 600)) * (rng.random((3, 600)) < 0.3))
    counts = rng.poisson(np.repeat(level * change, 30, axis=0)).astype(np.float32)
    with h5py.File(prepared.input, "a") as file:
        genes = pd.DataFrame({"highly_variable": True}, index=[f"gene_{g}" for g in range(600)])
        for name, value in {"layers/counts": csr_matrix(counts), "var": genes}.items():
            del file[name]
            write_elem(file, name, value)
    return prepared


@pytest.mark.parametrize("told", [["n_clusters"], []])
def test_a_run_on_easy_cells(run, script, easy, told):
    track = "given_k" if told else "estimated_k"
    outputs = [f"clusters_{track}"] + ["embedding"] * bool(told)
    result = run(script, told=told, outputs=outputs)
    assert result.status["status"] == "ok", result.log
    table = pd.read_csv(result.folder / "clusters.tsv", sep="\t").set_index("cell")
    assert set(table["track"]) == {track}
    assert adjusted_rand_score(easy.labels, table.loc[easy.cells, "cluster"]) > 0.9


def test_too_many_cells_are_declined(run, script):
    result = run(script, settings={"max_cells": 89}, outputs=["clusters_estimated_k"])
    assert result.status["status"] == "not_applicable"
    assert "at most 89 cells, this dataset has 90" in result.status["message"]
