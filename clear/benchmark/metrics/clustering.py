"""How well clusters agree with the cell types, and how far an embedding sets the types apart.

Every start of the workflow lists the metrics and computes none: scikit-learn is imported by the
functions, which spares each start two seconds.
"""

from collections.abc import Callable

import numpy as np

from clear.benchmark.metrics.metric import HIGHER, Metric

SILHOUETTE_CELLS = 20_000


def accuracy(truth: np.ndarray, clusters: np.ndarray) -> float:
    """Share of cells right under the best one-to-one match of clusters to types.

    The match is found by the Hungarian algorithm (Kuhn 1955); with more clusters than types
    the cells of unmatched clusters count as wrong.
    """
    from scipy.optimize import linear_sum_assignment
    from sklearn.metrics.cluster import contingency_matrix

    table = contingency_matrix(truth, clusters)
    return float(table[linear_sum_assignment(table, maximize=True)].sum() / table.sum())


def jaccard(truth: np.ndarray, clusters: np.ndarray) -> float:
    """Jaccard index over pairs of cells: together in both / together in at least one.

    Two partitions into single cells have no pair together in either and count as equal (1).
    """
    from sklearn.metrics.cluster import pair_confusion_matrix

    (_, only_clusters), (only_truth, both) = pair_confusion_matrix(truth, clusters)
    either = both + only_truth + only_clusters
    return float(both / either) if either else 1.0


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


def of_sklearn(name: str) -> Callable[[np.ndarray, np.ndarray], float]:
    """Return the function (types, clusters) of that name in ``sklearn.metrics``."""

    def metric(truth, clusters):
        from sklearn import metrics

        return float(getattr(metrics, name)(truth, clusters))

    return metric


# Functions of clusters take (types, clusters), those of an embedding (embedding, types).
ROSENBERG = "Rosenberg and Hirschberg 2007"
METRICS = {
    "ari": Metric(
        "ARI", "clusters", of_sklearn("adjusted_rand_score"), -0.5, 1, HIGHER,
        "Hubert and Arabie 1985",
    ),
    "nmi": Metric(
        "NMI", "clusters", of_sklearn("normalized_mutual_info_score"), 0, 1, HIGHER,
        "Strehl and Ghosh 2002, with the arithmetic mean of the entropies",
    ),
    "accuracy": Metric(
        "Accuracy", "clusters", accuracy, 0, 1, HIGHER,
        "best one-to-one match of clusters and types, Kuhn 1955",
    ),
    "homogeneity": Metric(
        "Homogeneity", "clusters", of_sklearn("homogeneity_score"), 0, 1, HIGHER, ROSENBERG
    ),
    "completeness": Metric(
        "Completeness", "clusters", of_sklearn("completeness_score"), 0, 1, HIGHER, ROSENBERG
    ),
    "v_measure": Metric(
        "V-measure", "clusters", of_sklearn("v_measure_score"), 0, 1, HIGHER, ROSENBERG
    ),
    "jaccard": Metric(
        "Jaccard", "clusters", jaccard, 0, 1, HIGHER, "Jaccard 1912, over pairs of cells"
    ),
    "n_clusters": Metric("Clusters", "clusters", number_of_clusters, 1, None, None, "counted"),
    "asw": Metric("ASW", "embedding", silhouette, -1, 1, HIGHER, "Rousseeuw 1987"),
}  # fmt: skip
