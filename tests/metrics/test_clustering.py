"""Metrics against hand computations, known answers and slow independent code."""

from itertools import combinations, permutations

import numpy as np
import pytest

from clear.benchmark.metrics.clustering import (
    METRICS,
    accuracy,
    jaccard,
    silhouette,
)

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


def test_ari_by_its_definition():
    """Hubert and Arabie 1985: (index - expected) / (maximum - expected), over pairs."""

    def pairs(counts):
        return sum(n * (n - 1) / 2 for n in counts)

    joint = [np.sum((t == TRUTH) & (c == CLUSTERS)) for t in "abc" for c in range(3)]
    rows, columns = [4, 3, 2], [3, 5, 1]
    expected = pairs(rows) * pairs(columns) / pairs([9])
    maximum = (pairs(rows) + pairs(columns)) / 2
    ari = (pairs(joint) - expected) / (maximum - expected)
    assert METRICS["ari"].function(TRUTH, CLUSTERS) == pytest.approx(ari)


def entropy(*columns) -> float:
    _, counts = np.unique(np.stack(columns), axis=1, return_counts=True)
    p = counts / counts.sum()
    return float(-(p * np.log(p)).sum())


def test_information_metrics_by_their_entropies():
    labels = np.unique(TRUTH, return_inverse=True)[1]
    h_truth, h_clusters = entropy(labels), entropy(CLUSTERS)
    mutual = h_truth + h_clusters - entropy(labels, CLUSTERS)
    expected = {
        "nmi": 2 * mutual / (h_truth + h_clusters),
        "homogeneity": mutual / h_truth,
        "completeness": mutual / h_clusters,
        "v_measure": 2 * mutual / (h_truth + h_clusters),
    }
    for name, value in expected.items():
        assert METRICS[name].function(TRUTH, CLUSTERS) == pytest.approx(value), name


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
