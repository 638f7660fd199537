"""scDHA: each step against a loop or a hand computation, and runs on easy cells."""

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.stats import norm
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score


def test_affinities_equal_the_loop_over_cells_and_neighbours(load):
    distance = load("spectral").correlation_distance(*[np.random.default_rng(0).random((9, 5))] * 2)
    W = load("spectral").affinity(distance, 3)
    near = [sorted(set(range(9)) - {i}, key=lambda j, i=i: distance[i, j])[:3] for i in range(9)]
    c = norm.ppf(1 - 1 / 8)
    for i in range(9):
        for j in range(9):
            s = distance[i, near[i][-1]] * distance[j, near[j][-1]]
            linked = j in near[i] or i in near[j]
            expected = norm.pdf(c * distance[i, j] ** 2 / s) if linked else 0
            assert W[i, j] == pytest.approx(expected)


def test_coordinates_span_the_smallest_eigenvectors_of_the_laplacian(load):
    spectral = load("spectral")
    x = np.random.default_rng(1).normal(size=(40, 6))
    distance = spectral.correlation_distance(x, x)
    U = spectral.spectral_coordinates(distance, 3)
    W = spectral.affinity(distance, 7)
    L = np.eye(40) - W / np.sqrt(np.outer(W.sum(axis=0), W.sum(axis=0)))
    V = np.linalg.eigh(L)[1][:, :3]
    V /= np.linalg.norm(V, axis=1, keepdims=True)
    # equal but for the order and the signs of the eigenvectors: so are the cosines of two cells
    np.testing.assert_allclose(U @ U.T, V @ V.T, atol=1e-8)


def test_spectral_clusters_find_directions_of_equal_length(load):
    rng = np.random.default_rng(2)
    centres = rng.normal(size=(6, 15))
    latent = np.repeat(centres, 25, axis=0) * rng.uniform(1, 30, (150, 1))
    latent += rng.normal(0, 0.05, latent.shape)
    truth = np.repeat(np.arange(6), 25)
    labels = load("spectral").cluster(latent, 6, 10, np.random.RandomState(0))
    assert adjusted_rand_score(truth, labels) == 1
    assert adjusted_rand_score(truth, KMeans(6, n_init=10, random_state=0).fit_predict(latent)) < 1


def test_votes_for_the_number_of_clusters(load):
    # explained: .4, .7, .5; within rises from k = 3 to 4 only
    votes = load("spectral").choose(np.array([2, 3, 4]), np.array([6, 3, 5]), np.array([10.0] * 3))
    assert votes == [3, 4]


def test_other_cells_follow_most_of_the_ten_nearest(load):
    direction = np.array([[1.0, 0, 0], [0, 1, 0]])
    rng = np.random.default_rng(3)
    latent = np.repeat(direction, 30, axis=0) + rng.normal(0, 0.05, (60, 3))
    clustered = np.r_[0:15, 30:45]
    labels = np.repeat([4, 2], 15)
    labels[0] = 2  # outvoted for others, kept for itself
    result = load("spectral").vote(latent, clustered, labels)
    assert result[0] == 2 and (result[1:30] == 4).all() and (result[30:] == 2).all()


def test_consensus_follows_the_majority_and_weighs_disputed_cells(load):
    spectral = load("spectral")
    solutions = [np.array(s) for s in ([0, 0, 1, 1, 2, 2], [5, 5, 3, 3, 4, 4], [0, 0, 0, 1, 2, 2])]
    assert spectral.meta_clusters(solutions, 3).tolist() == [0, 0, 1, 1, 2, 2]
    # all agree on 3 clusters: one more meta-cluster is asked for, which no cell needs
    assert spectral.consensus_number(solutions[:2], np.random.RandomState(0)) == 4
    assert len(set(spectral.meta_clusters(solutions[:2], 4))) == 3


def test_number_of_the_consensus_is_that_of_the_coherent_solutions(load):
    rng = np.random.default_rng(4)
    truth = np.repeat([0, 1, 2], 30)
    odd = [rng.integers(0, 9, 90), rng.integers(0, 8, 90)]
    number = load("spectral").consensus_number([truth] * 5 + odd, np.random.RandomState(0))
    assert number == 4


def test_cells_are_scaled_and_silent_genes_dropped(load):
    X = np.array([[0, 2, 0, 4], [0, 1, 3, 2]], dtype=np.float32)
    np.testing.assert_allclose(load("autoencoders").scale_cells(X), [[0.5, 0, 1], [0, 1, 0.5]])


def test_gene_scores_by_hand(load):
    weights = np.array([[0, 1, 3], [0, 3, 7]], dtype=float)  # standard deviations 0, 1.41, 2.83
    np.testing.assert_allclose(load("autoencoders").gene_scores(weights), [0, 0.5, 1])


def test_filter_keeps_genes_that_differ_and_its_weights_are_not_negative(load, monkeypatch):
    autoencoders = load("autoencoders")
    monkeypatch.setattr(autoencoders, "N_GENES", 20)
    rng = np.random.default_rng(5)
    X = rng.uniform(0, 0.1, (200, 100))
    X[:100, :10] += 0.8
    X[100:, 10:20] += 0.8
    X = torch.as_tensor(X, dtype=torch.float32)
    constants = autoencoders.Constants.for_cells(200)
    weights = autoencoders.non_negative_encoder(X, 1e-6, torch.Generator().manual_seed(0))
    assert weights.shape == (32, 100) and weights.min() == 0
    kept = autoencoders.filter_genes(X, constants, n_runs=3, seed=0)
    assert (kept < 20).sum() >= 12  # 4 by chance


def test_loss_by_hand(load):
    x, half = torch.ones(1, 2), torch.full((1, 2), 0.5)
    mean = torch.tensor([[1.0, 0.0]])
    found = load("autoencoders").evidence_loss(x, mean, half, [x, half], 100)
    divergence = -0.5 * ((1 + np.log(0.5) - 1 - 0.5) + (1 + np.log(0.5) - 0.5)) / 2
    assert float(found) == pytest.approx(100 * 0.25 + 2 * divergence)


@pytest.mark.parametrize("told", [["n_clusters"], []])
def test_a_run_on_easy_cells(run, script, prepared, told):
    track = "given_k" if told else "estimated_k"
    settings = {"n_runs": 1, "n_init": 3, **({} if told else {"n_samples": 1})}
    outputs = [f"clusters_{track}"] + ["embedding"] * bool(told)
    labels = []
    for _ in range(1 + bool(told)):
        result = run(script, settings=settings, told=told, outputs=outputs)
        assert result.status["status"] == "ok", result.log
        table = pd.read_csv(result.folder / "clusters.tsv", sep="\t").set_index("cell")
        assert set(table["track"]) == {track}
        labels.append(table.loc[prepared.cells, "cluster"])
    if told:
        assert adjusted_rand_score(prepared.labels, labels[0]) > 0.9
        assert labels[0].equals(labels[1])
