"""HDMC: the similarity of clusters, their pairs and the discrepancy, against other code."""

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr
from sklearn.metrics import adjusted_rand_score, roc_auc_score


def test_similarity_is_the_auroc_of_the_votes_of_correlated_cells(load):
    rng = np.random.default_rng(0)
    cluster = np.repeat([0, 1, 2, 3, 4, 5, 6], [6, 7, 5, 8, 4, 6, 5])
    batch = np.array([0, 0, 1, 1, 1, 2, 2])[cluster]
    X = rng.normal(size=(41, 12)) + np.eye(12)[cluster % 3 * 2] * 2
    found = load("clusters").similarity(X, cluster, batch)

    correlation = spearmanr(X, axis=1).statistic
    flat = correlation.ravel()
    network = np.array([(flat < v).sum() + ((flat == v).sum() + 1) / 2 for v in flat])
    network = network.reshape(41, 41)

    def auroc(votes_of, target):
        score = network[:, cluster == votes_of].sum(axis=1) / network.sum(axis=1)
        home = batch == batch[cluster == target][0]
        return roc_auc_score(cluster[home] == target, score[home])

    for one, other in [(0, 2), (0, 3), (1, 4), (0, 5), (3, 6), (4, 5)]:
        expected = (auroc(one, other) + auroc(other, one)) / 2
        assert found[one, other] == found[other, one] == pytest.approx(expected, abs=1e-9)
    for own in (slice(0, 2), slice(2, 5), slice(5, 7)):
        assert not found[own, own].any()


def test_a_batch_of_one_cluster_is_compared_in_the_direction_that_there_is(load):
    rng = np.random.default_rng(0)
    cluster = np.repeat([0, 1, 2], 8)
    X = rng.normal(size=(24, 10))
    X[:8, :4] += 8
    X[8:, 5:9] += 8
    found = load("clusters").similarity(X, cluster, (cluster > 1).astype(int))
    assert np.isfinite(found).all() and found[1, 2] > 0.9 > 0.2 > found[0, 2]


def test_pairs_meet_where_one_is_the_best_match_of_the_other(load):
    homes = np.array([0, 0, 1, 1])
    alike = np.zeros((4, 4))
    for one, other, value in [(0, 2, 0.97), (0, 3, 0.93), (1, 2, 0.95), (1, 3, 0.8)]:
        alike[one, other] = alike[other, one] = value
    together, apart = load("clusters").pairs(alike, homes, 0.9, 0.7)
    # 3 prefers 0, and 1 prefers 2; nobody prefers the pair (1, 3)
    assert together.tolist() == [[0, 2], [0, 3], [1, 2]]
    assert apart.tolist() == [[1, 3]]


def test_of_three_batches_each_cluster_has_a_best_match_in_every_other(load):
    homes = np.array([0, 0, 1, 1, 2, 2])
    alike = np.zeros((6, 6))
    alike[:2, 2:] = [[0.99, 0.92, 0.95, 0.91], [0.93, 0.98, 0.90, 0.97]]
    alike[2:4, 4:] = [[0.75, 0.72], [0.50, 0.96]]
    together, apart = load("clusters").pairs(alike + alike.T, homes, 0.9, 0.7)
    # 3 and 5 are the best match of each other in their batches, though both prefer 1
    assert together.tolist() == [[0, 2], [0, 4], [1, 3], [1, 5], [3, 5]]
    assert apart.tolist() == [[2, 4], [2, 5]]


def test_discrepancy_is_that_of_loops(load):
    network = load("network")
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(2, 5, 3)), rng.normal(1, 1, size=(2, 5, 3))

    def kernel(a, b):
        return sum(np.exp(-((a - b) ** 2).sum() / (2 * s**2)) for s in (1, 2, 4, 8, 16))

    def mean(A, B):
        return np.mean([kernel(a, b) for a in A for b in B])

    expected = [
        mean(A, A) + mean(B, B) - 2 * mean(A, B) for A, B in zip(first, second, strict=True)
    ]
    found = network.mmd(torch.from_numpy(first), torch.from_numpy(second))
    np.testing.assert_allclose(found, expected)


def test_louvain_finds_types_and_takes_the_seed(load, prepared):
    louvain = load("clusters").louvain
    found = louvain(prepared.logged.astype(float), 0)
    assert adjusted_rand_score(prepared.labels, found) > 0.9
    np.testing.assert_array_equal(found, louvain(prepared.logged.astype(float), 0))
    assert louvain(prepared.logged[:3].astype(float), 0).tolist() == [0, 0, 0]
