"""SC3: each step against a hand computation, and runs on easy cells."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr
from sklearn.metrics import adjusted_rand_score


def test_consensus_is_the_share_of_solutions_that_agree(module):
    solutions = np.array([[0, 0, 1, 1], [7, 7, 5, 5], [5, 5, 5, 2]])
    third = 1 / 3
    rows = [[1, 1, third, 0], [1, 1, third, 0], [third, third, 1, 2 * third], [0, 0, 2 * third, 1]]
    agreement = module.consensus(list(solutions))
    np.testing.assert_allclose(agreement, rows)
    # rows 0 and 1 are equal; rows 2 and 3 are 2/3 apart, rows 2 and 0 are 4/3 apart
    assert np.array_equal(module.cut(agreement, 3), [0, 0, 1, 2])
    assert np.array_equal(module.cut(agreement, 2), [0, 0, 1, 1])


def test_distances_are_those_of_the_paper(module):
    X = np.random.default_rng(0).poisson(2.0, (6, 40)).astype(float)
    euclidean, pearson, spearman = module.distances(X)
    assert euclidean[1, 4] == pytest.approx(np.sqrt(((X[1] - X[4]) ** 2).sum()))
    assert pearson[1, 4] == pytest.approx(1 - np.corrcoef(X[1], X[4])[0, 1])
    np.testing.assert_allclose(spearman, 1 - spearmanr(X, axis=1).statistic, atol=1e-12)


def test_views_are_loadings_and_laplacian_eigenvectors(module):
    X = np.random.default_rng(1).normal(size=(12, 5))
    distance, *_ = module.distances(X)
    loadings, vectors = module.transformations(distance, 3)
    Z = (distance - distance.mean(axis=0)) / distance.std(axis=0, ddof=1)
    expected = np.linalg.svd(Z)[2][:3]
    np.testing.assert_allclose(abs(expected @ loadings), np.eye(3), atol=1e-8)
    A = np.exp(-distance / distance.max())
    L = np.eye(12) - A / np.sqrt(np.outer(A.sum(axis=0), A.sum(axis=0)))
    smallest = np.linalg.eigvalsh(L)[:3]
    np.testing.assert_allclose(L @ vectors, vectors * smallest, atol=1e-10)


def test_k_means_sees_4_to_7_percent_of_the_cells(module):
    rng = np.random.RandomState(0)
    assert module.dimensions(90, rng).tolist() == [3, 4, 5, 6, 7]
    many = module.dimensions(1000, rng)
    assert len(set(many)) == 15 and many.min() >= 40 and many.max() <= 70
    assert module.dimensions(12, rng).tolist() == [1]


def test_eigenvalues_beyond_noise_are_counted(module):
    rng = np.random.default_rng(2)
    noise = rng.normal(size=(60, 800))
    assert module.number_of_clusters(noise) == 1
    profiles = np.repeat(rng.normal(0, 1.5, (4, 800)), 15, axis=0)
    assert module.number_of_clusters(noise + profiles) == 4


@pytest.mark.parametrize("told", [["n_clusters"], []])
def test_a_run_on_easy_cells(run, script, prepared, told):
    track = "given_k" if told else "estimated_k"
    labels = []
    for _ in range(1 + bool(told)):
        result = run(script, settings={"n_init": 2}, told=told, outputs=[f"clusters_{track}"])
        assert result.status["status"] == "ok", result.log
        table = pd.read_csv(result.folder / "clusters.tsv", sep="\t").set_index("cell")
        assert set(table["track"]) == {track}
        labels.append(table.loc[prepared.cells, "cluster"])
    if told:
        assert adjusted_rand_score(prepared.labels, labels[0]) > 0.9
        assert labels[0].equals(labels[1])


def test_cells_beyond_the_limit_are_assigned_by_the_svm(run, script, prepared):
    settings = {"n_init": 2, "svm_cells": 60}
    result = run(script, settings=settings, told=["n_clusters"], outputs=["clusters_given_k"])
    assert "30 of them assigned by the SVM" in result.log
    table = pd.read_csv(result.folder / "clusters.tsv", sep="\t").set_index("cell")
    assert adjusted_rand_score(prepared.labels, table.loc[prepared.cells, "cluster"]) > 0.9
