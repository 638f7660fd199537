"""How distinct the clusters of a representation are, without labels."""

from collections.abc import Sequence

import numpy as np
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score

SAMPLE = 2_000  # cells with a silhouette: its time grows with their square
CELLS_PER_CLUSTER = 10  # at least, on average


def numbers_of_clusters(cells: int, declared: Sequence[int]) -> list[int]:
    """Return the declared numbers, each at most a tenth of the cells and at least 2; once each."""
    return sorted({max(min(number, cells // CELLS_PER_CLUSTER), 2) for number in declared})


def mean_silhouette(embedding: np.ndarray, numbers: Sequence[int], seed: int) -> float:
    """Return the mean silhouette width (Rousseeuw 1987) of k-means clusters, over their numbers.

    Clusters are those of all cells by Euclidean distance, as they are scored; the width is by
    cosine distance, which has the same unit whatever genes were divided by, on a sample of at most
    2,000 cells.

    Parameters
    ----------
    embedding
        Cells x components.
    numbers
        Numbers of clusters.
    seed
        Of k-means and of the sample. The sample is the same for all embeddings of the same cells.

    Returns
    -------
    float
        From -1 to 1. A sample that is all in one cluster, as where the others are of single
        outliers, counts as 0.
    """
    some = np.random.default_rng(seed).permutation(len(embedding))[:SAMPLE]
    widths = []
    for number in numbers:
        clusters = KMeans(number, n_init=10, random_state=seed).fit_predict(embedding)[some]
        if len(np.unique(clusters)) > 1:
            widths.append(silhouette_score(embedding[some], clusters, metric="cosine"))
        else:
            widths.append(0.0)
    return float(np.mean(widths))
