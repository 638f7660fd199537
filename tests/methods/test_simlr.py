"""SIMLR: its kernels, projection, diffusion and map against formulas, and a run on easy cells."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import approx_fprime, minimize
from sklearn.metrics import adjusted_rand_score

OUTPUTS = ["embedding", "clusters_given_k"]


def test_kernels_are_gaussians_and_their_distances_those_of_the_package(load):
    X = np.random.default_rng(0).normal(size=(40, 6))
    d = np.linalg.norm(X[:, None] - X, axis=2)
    found = list(load("kernels").gaussian_kernels(d))
    assert len(found) == 55
    mean = [np.mean(sorted(d[i])[1:13]) for i in (3, 8)]  # the second number of neighbours is 12
    width = 1.75 * sum(mean) / 2
    expected = np.exp(-(d[3, 8] ** 2) / (2 * width**2)) / (width * np.sqrt(2 * np.pi))
    assert found[6][3, 8] == pytest.approx(expected)
    implied = load("kernels").kernel_distances(X)
    kernel = list(load("kernels").gaussian_kernels(d**4))[6][np.ix_([3, 8], [3, 8])]
    scaled = kernel / np.sqrt(np.outer(np.diag(kernel) + 1, np.diag(kernel) + 1))
    distance = (scaled[0, 0] + scaled[1, 1]) / 2 - scaled[0, 1]
    assert implied[6, 3, 8] == pytest.approx(distance, rel=1e-5)


def test_weights_have_the_perplexity_20_and_favour_cheap_kernels(load):
    costs = np.random.default_rng(1).random(55)
    weights = load("kernels").kernel_weights(costs)
    assert weights.sum() == pytest.approx(1)
    assert np.exp(-(weights * np.log(weights)).sum()) == pytest.approx(20, rel=1e-6)
    assert np.array_equal(np.argsort(-weights), np.argsort(costs))
    np.testing.assert_array_equal(load("kernels").kernel_weights(np.ones(55)), 1 / 55)


def test_projection_onto_the_simplex_is_the_nearest_point(load):
    V = np.random.default_rng(2).normal(0, 1, (5, 7))
    for row, found in zip(V, load("simlr").onto_simplex(V), strict=True):
        best = minimize(
            lambda s, row=row: ((s - row) ** 2).sum(),
            np.full(7, 1 / 7),
            bounds=[(0, None)] * 7,
            constraints={"type": "eq", "fun": lambda s: s.sum() - 1},
            options={"ftol": 1e-12},
        )
        np.testing.assert_allclose(found, best.x, atol=1e-5)


def test_diffusion_maps_the_eigenvalues_of_the_transition_matrix(load):
    S = np.random.default_rng(3).random((30, 30))
    S = (S + S.T) / 2
    P = np.zeros_like(S)
    for i in range(30):
        nearest = sorted((j for j in range(30) if j != i), key=lambda j: -S[i, j])[:10]
        P[i, nearest] = S[i, nearest]
    P = (P + P.T) / 2
    degree = P.sum(axis=1)
    P = P + np.diag(degree + 1)
    P = P / P.sum(axis=1)[:, None]
    T = P / np.sqrt(P.sum(axis=0))
    values, vectors = np.linalg.eigh(T @ T.T)
    W = vectors @ np.diag(0.2 * values / (1 - 0.8 * values**2)) @ vectors.T
    expected = degree[:, None] * W / (1 - np.diag(W))[:, None]
    np.fill_diagonal(expected, 0)
    np.testing.assert_allclose(load("simlr").diffusion(S), (expected + expected.T) / 2, atol=1e-10)


def test_gradient_of_the_map_is_that_of_its_divergence(load):
    embed = load("embed")
    rng = np.random.default_rng(4)
    P = embed.joint((rng.random((8, 8)) + 0.1) * ~np.eye(8, dtype=bool))
    Y = rng.normal(size=(8, 2))

    def divergence(flat):
        d = ((flat.reshape(8, 1, 2) - flat.reshape(8, 2)) ** 2).sum(axis=2)
        near = 1 / (1 + d)
        near[np.diag_indices(8)] = 0
        off = ~np.eye(8, dtype=bool)
        return (P[off] * np.log(P[off] / (near / near.sum())[off])).sum()

    numeric = approx_fprime(Y.ravel(), divergence, 1e-6).reshape(8, 2)
    np.testing.assert_allclose(embed.gradient(P, Y), numeric, atol=1e-5)


def test_easy_types_are_found_and_the_seed_decides(run, script, prepared):
    settings = {"n_init": 5, "tsne_iterations": 250}
    labels = []
    for _ in range(2):
        result = run(script, settings=settings, told=["n_clusters"], outputs=OUTPUTS)
        assert result.status["status"] == "ok", result.log
        table = pd.read_csv(result.folder / "clusters.tsv", sep="\t").set_index("cell")
        labels.append(table.loc[prepared.cells, "cluster"])
    assert adjusted_rand_score(prepared.labels, labels[0]) > 0.9
    assert labels[0].equals(labels[1])


def test_few_cells_are_no_trouble(run, script, prepare):
    few = prepare(n_per_type=3)
    settings = {"n_init": 5, "tsne_iterations": 50}
    options = {"told": ["n_clusters"], "outputs": OUTPUTS, "data": str(few.folder)}
    assert run(script, settings=settings, **options).status["status"] == "ok"


def test_too_many_cells_are_declined(run, script):
    result = run(script, settings={"max_cells": 89}, told=["n_clusters"], outputs=OUTPUTS)
    assert result.status["status"] == "not_applicable"
    assert "at most 89 cells, this dataset has 90" in result.status["message"]
