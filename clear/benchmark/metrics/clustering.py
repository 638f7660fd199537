"""How well clusters agree with the cell types, and how far an embedding sets the types apart."""

import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn import metrics
from sklearn.metrics.cluster import contingency_matrix, pair_confusion_matrix

from clear.benchmark.metrics.metric import HIGHER, Metric

SILHOUETTE_CELLS = 20_000


def accuracy(truth: np.ndarray, clusters: np.ndarray) -> float:
    """Share of cells right under the best one-to-one match of clusters to types.

    The match is found by the Hungarian algorithm (Kuhn 1955); with more clusters than types
    the cells of unmatched clusters count as wrong.
    """
    table = contingency_matrix(truth, clusters)
    return float(table[linear_sum_assignment(table, maximize=True)].sum() / table.sum())


def jaccard(truth: np.ndarray, clusters: np.ndarray) -> float:
    """Jaccard index over pairs of cells: together in both / together in at least one.

    Two partitions into single cells have no pair together in either and count as equal (1).
    """
    (_, only_clusters), (only_truth, both) = pair_confusion_matrix(truth, clusters)
    either = both + only_truth + only_clusters
    return float(both / either) if either else 1.0


def silhouette(embedding: np.ndarray, truth: np.ndarray) -> float:
    """Average silhouette width of the cell types, Euclidean, from -1 to 1 (Rousseeuw 1987).

    Above 20,000 cells, a fixed random sample of 20,000 is used: the cost grows with the square
    of the number of cells. NaN where there is only one type, or as many types as cells.
    """
    if len(truth) > SILHOUETTE_CELLS:
        chosen = np.random.default_rng(0).choice(len(truth), SILHOUETTE_CELLS, replace=False)
        embedding, truth = embedding[chosen], truth[chosen]
    if not 1 < len(np.unique(truth)) < len(truth):
        return float("nan")
    return float(metrics.silhouette_score(embedding, truth))


def number_of_clusters(_: np.ndarray, clusters: np.ndarray) -> float:
    """Return how many clusters there are."""
    return float(len(np.unique(clusters)))


# Functions of clusters take (types, clusters), those of an embedding (embedding, types).
ROSENBERG = "Rosenberg and Hirschberg 2007"
METRICS = {
    "ari": Metric(
        "ARI", "clusters", metrics.adjusted_rand_score, -0.5, 1, HIGHER, "Hubert and Arabie 1985"
    ),
    "nmi": Metric(
        "NMI", "clusters", metrics.normalized_mutual_info_score, 0, 1, HIGHER,
        "Strehl and Ghosh 2002, with the arithmetic mean of the entropies",
    ),
    "accuracy": Metric(
        "Accuracy", "clusters", accuracy, 0, 1, HIGHER,
        "best one-to-one match of clusters and types, Kuhn 1955",
    ),
    "homogeneity": Metric(
        "Homogeneity", "clusters", metrics.homogeneity_score, 0, 1, HIGHER, ROSENBERG
    ),
    "completeness": Metric(
        "Completeness", "clusters", metrics.completeness_score, 0, 1, HIGHER, ROSENBERG
    ),
    "v_measure": Metric("V-measure", "clusters", metrics.v_measure_score, 0, 1, HIGHER, ROSENBERG),
    "jaccard": Metric(
        "Jaccard", "clusters", jaccard, 0, 1, HIGHER, "Jaccard 1912, over pairs of cells"
    ),
    "n_clusters": Metric("Clusters", "clusters", number_of_clusters, 1, None, None, "counted"),
    "asw": Metric("ASW", "embedding", silhouette, -1, 1, HIGHER, "Rousseeuw 1987"),
}  # fmt: skip
