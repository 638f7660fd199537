"""What is measured, one entry per metric."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn import metrics
from sklearn.metrics.cluster import contingency_matrix, pair_confusion_matrix

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


@dataclass(frozen=True)
class Metric:
    """A metric and how to read it.

    Attributes
    ----------
    title
        Name in figures and tables.
    function
        Of (types, clusters), or of (embedding, types) for those of an embedding.
    low, high
        Worst and best value; ``high`` is None where more is not better.
    """

    title: str
    function: Callable[[np.ndarray, np.ndarray], float]
    low: float
    high: float | None


OF_CLUSTERS = {
    "ari": Metric("ARI", metrics.adjusted_rand_score, -0.5, 1),
    "nmi": Metric("NMI", metrics.normalized_mutual_info_score, 0, 1),
    "accuracy": Metric("Accuracy", accuracy, 0, 1),
    "homogeneity": Metric("Homogeneity", metrics.homogeneity_score, 0, 1),
    "completeness": Metric("Completeness", metrics.completeness_score, 0, 1),
    "v_measure": Metric("V-measure", metrics.v_measure_score, 0, 1),
    "jaccard": Metric("Jaccard", jaccard, 0, 1),
    "n_clusters": Metric("Clusters", lambda _, clusters: float(len(np.unique(clusters))), 1, None),
}
OF_EMBEDDING = {"asw": Metric("ASW", silhouette, -1, 1)}
