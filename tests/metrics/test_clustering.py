"""Metrics against hand computations, known answers and slow independent code."""

from itertools import combinations, permutations

import numpy as np
import pytest
from sklearn import metrics

from clear.benchmark.metrics.clustering import METRICS, accuracy, jaccard, silhouette
from clear.benchmark.metrics.contingency import pairs

RNG = np.random.default_rng(0)
TRUTH = np.array(list("aaaabbbcc"))
CLUSTERS = np.array([0, 0, 0, 1, 1, 1, 1, 2, 1])


def test_accuracy_is_the_best_of_all_matches():
    names = np.unique(TRUTH)
    best = max(
        np.mean([order[cluster] == label for cluster, label in zip(CLUSTERS, TRUTH, strict=True)])
        for order in permutations(names)
    )
    assert accuracy(TRUTH, CLUSTERS) == pytest.approx(best)


def test_accuracy_counts_cells_of_surplus_clusters_as_wrong():
    assert accuracy(np.array(list("aaaa")), np.arange(4)) == 0.25


def test_jaccard_counts_pairs():
    pairs = list(combinations(range(len(TRUTH)), 2))
    both = sum(TRUTH[i] == TRUTH[j] and CLUSTERS[i] == CLUSTERS[j] for i, j in pairs)
    either = sum(TRUTH[i] == TRUTH[j] or CLUSTERS[i] == CLUSTERS[j] for i, j in pairs)
    assert jaccard(TRUTH, CLUSTERS) == pytest.approx(both / either)


def test_jaccard_of_single_cells_is_one():
    assert jaccard(np.arange(5), np.arange(5)) == 1


@pytest.mark.parametrize("case", ["random", "uneven", "one type", "one cluster", "single cells"])
def test_metrics_are_those_of_scikit_learn(case):
    truth, clusters = RNG.integers(0, 7, 500), RNG.integers(3, 12, 500)
    if case == "uneven":
        truth = np.repeat(np.arange(9), 2 ** np.arange(9))
        clusters = np.where(RNG.random(truth.size) < 0.7, truth, RNG.integers(0, 20, truth.size))
    elif case == "one type":
        truth[:] = 0
    elif case == "one cluster":
        clusters[:] = 0
    elif case == "single cells":
        clusters = np.arange(500)
    theirs = {
        "ari": metrics.adjusted_rand_score,
        "nmi": metrics.normalized_mutual_info_score,
        "homogeneity": metrics.homogeneity_score,
        "completeness": metrics.completeness_score,
        "v_measure": metrics.v_measure_score,
    }
    for name, function in theirs.items():
        ours = METRICS[name].function(truth, clusters)
        assert ours == pytest.approx(function(truth, clusters), abs=1e-12), name


def test_pairs_of_millions_of_cells_are_exact():
    """Their products are beyond 64 bits: twice the table, sixteen times the fourth power."""
    table = np.array([[3_000_000, 1], [2, 4_000_000]])
    of_types, of_clusters, both, total = pairs(table)
    assert both == sum(n * (n - 1) // 2 for n in (3_000_000, 1, 2, 4_000_000))
    assert of_types == 3_000_001 * 3_000_000 // 2 + 4_000_002 * 4_000_001 // 2
    assert of_clusters == 3_000_002 * 3_000_001 // 2 + 4_000_001 * 4_000_000 // 2
    assert total == 7_000_003 * 7_000_002 // 2


@pytest.mark.parametrize("name", [n for n, m in METRICS.items() if m.of == "clusters" and m.high])
def test_bounds(name):
    metric = METRICS[name]
    relabelled = np.array(["c", "a", "b"])[np.unique(TRUTH, return_inverse=True)[1]]
    assert metric.function(TRUTH, relabelled) == pytest.approx(metric.high)
    one, each = np.zeros(9, int), np.arange(9)
    for clusters in (one, each, CLUSTERS, RNG.integers(0, 4, 9)):
        assert metric.low <= metric.function(TRUTH, clusters) <= metric.high


def test_silhouette_by_hand():
    """Four points on a line: a at 0 and 1, b at 10 and 12."""
    x, types = np.array([[0.0], [1], [10], [12]]), np.array(list("aabb"))
    widths = [(11 - 1) / 11, (10 - 1) / 10, (9.5 - 2) / 9.5, (11.5 - 2) / 11.5]
    assert silhouette(x, types) == pytest.approx(np.mean(widths))


@pytest.mark.parametrize("types", [["a"] * 4, list("abcd")])
def test_silhouette_without_meaning_is_nan(types):
    assert np.isnan(silhouette(np.arange(4.0)[:, None], np.array(types)))


def test_silhouette_of_many_cells_is_that_of_a_sample():
    types = RNG.integers(0, 3, 21_000)
    x = np.eye(3)[types] + RNG.normal(0, 0.3, (21_000, 3))
    few = silhouette(x[:4000], types[:4000])
    assert silhouette(x, types) == pytest.approx(few, abs=0.02)
