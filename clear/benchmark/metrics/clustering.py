"""How well clusters agree with the cell types, and how far an embedding sets the types apart.

Every start of the workflow lists the metrics and computes none: scikit-learn and scipy.optimize are
imported by the functions, which spares each start two seconds.
"""

import math

import numpy as np

from clear.benchmark.metrics.contingency import contingency, entropies, pairs
from clear.benchmark.metrics.metric import HIGHER, Metric

SILHOUETTE_CELLS = 20_000


def ari(truth: np.ndarray, clusters: np.ndarray) -> float:
    """Rand index adjusted for chance: (index - expected) / (mean of both - expected), over pairs.

    Two partitions that are both one cluster, or both single cells, are equal (1).
    """
    of_types, of_clusters, both, total = pairs(contingency(truth, clusters))
    if of_types == of_clusters == both:
        return 1.0
    # times 2 x total, in whole numbers
    expected = 2 * of_types * of_clusters
    return (2 * total * both - expected) / (total * (of_types + of_clusters) - expected)


def jaccard(truth: np.ndarray, clusters: np.ndarray) -> float:
    """Jaccard index over pairs of cells: together in both / together in at least one.

    Two partitions into single cells have no pair together in either and count as equal (1).
    """
    of_types, of_clusters, both, _ = pairs(contingency(truth, clusters))
    either = of_types + of_clusters - both
    return both / either if either else 1.0


def accuracy(truth: np.ndarray, clusters: np.ndarray) -> float:
    """Share of cells right under the best one-to-one match of clusters to types.

    The match is found by the Hungarian algorithm (Kuhn 1955); with more clusters than types
    the cells of unmatched clusters count as wrong.
    """
    from scipy.optimize import linear_sum_assignment

    table = contingency(truth, clusters)
    return float(table[linear_sum_assignment(table, maximize=True)].sum() / table.sum())


def homogeneity(truth: np.ndarray, clusters: np.ndarray) -> float:
    """Share of the types' entropy that the clusters explain; 1 where there is one type."""
    of_types, of_clusters, both = entropies(contingency(truth, clusters))
    # a table's entropy is rounded differently from its sums': both may miss 0 and 1 by an ulp
    return min(max((of_types + of_clusters - both) / of_types, 0.0), 1.0) if of_types else 1.0


def completeness(truth: np.ndarray, clusters: np.ndarray) -> float:
    """Share of the clusters' entropy that the types explain; 1 where there is one cluster."""
    return homogeneity(clusters, truth)


def v_measure(truth: np.ndarray, clusters: np.ndarray) -> float:
    """Harmonic mean of homogeneity and completeness.

    It is the mutual information over the arithmetic mean of the entropies, hence the NMI too.
    """
    parts = homogeneity(truth, clusters), completeness(truth, clusters)
    return 2 * math.prod(parts) / sum(parts) if any(parts) else 0.0


def silhouette(embedding: np.ndarray, truth: np.ndarray) -> float:
    """Average silhouette width of the cell types, Euclidean, from -1 to 1 (Rousseeuw 1987).

    Above 20,000 cells, a fixed random sample of 20,000 is used: the cost grows with the square
    of the number of cells. NaN where there is only one type, or as many types as cells.
    """
    from sklearn.metrics import silhouette_score

    if len(truth) > SILHOUETTE_CELLS:
        chosen = np.random.default_rng(0).choice(len(truth), SILHOUETTE_CELLS, replace=False)
        embedding, truth = embedding[chosen], truth[chosen]
    if not 1 < len(np.unique(truth)) < len(truth):
        return float("nan")
    return float(silhouette_score(embedding, truth))


def number_of_clusters(_: np.ndarray, clusters: np.ndarray) -> float:
    """Return how many clusters there are."""
    return float(len(np.unique(clusters)))


# Functions of clusters take (types, clusters), those of an embedding (embedding, types).
ROSENBERG = "Rosenberg and Hirschberg 2007"
METRICS = {
    "ari": Metric(
        "ARI", "clusters", ari, -0.5, 1, HIGHER,
        "Hubert and Arabie 1985",
    ),
    "nmi": Metric(
        "NMI", "clusters", v_measure, 0, 1, HIGHER,
        "Strehl and Ghosh 2002, with the arithmetic mean of the entropies",
    ),
    "accuracy": Metric(
        "Accuracy", "clusters", accuracy, 0, 1, HIGHER,
        "best one-to-one match of clusters and types, Kuhn 1955",
    ),
    "homogeneity": Metric(
        "Homogeneity", "clusters", homogeneity, 0, 1, HIGHER, ROSENBERG
    ),
    "completeness": Metric(
        "Completeness", "clusters", completeness, 0, 1, HIGHER, ROSENBERG
    ),
    "v_measure": Metric(
        "V-measure", "clusters", v_measure, 0, 1, HIGHER, ROSENBERG
    ),
    "jaccard": Metric(
        "Jaccard", "clusters", jaccard, 0, 1, HIGHER, "Jaccard 1912, over pairs of cells"
    ),
    "n_clusters": Metric("Clusters", "clusters", number_of_clusters, 1, None, None, "counted"),
    "asw": Metric("ASW", "embedding", silhouette, -1, 1, HIGHER, "Rousseeuw 1987"),
}  # fmt: skip
