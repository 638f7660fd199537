"""CIDR: clustering through imputation and dimensionality reduction.

Lin, Troup and Ho, Genome Biology 2017, Methods: dissimilarities in which a dropout candidate is
imputed by the other cell's value, principal coordinates, Ward's hierarchical clustering, and
the number of clusters by the Calinski-Harabasz index. Deterministic.
"""

import numpy as np
from dropouts import imputation_threshold, log_cpm, thresholds
from scipy.cluster.hierarchy import cut_tree, linkage
from scipy.linalg import eigh
from sklearn.metrics import calinski_harabasz_score

USUAL_N = 4  # number of coordinates where the eigenvalues do not tell
BLOCK = 2000  # genes at a time


def squared_dissimilarity(logged, candidates, threshold):
    """Return the squared CIDR dissimilarity of all pairs of cells.

    The paper's step function: a gene counts by the squared difference of the two values if neither
    is a dropout candidate or the larger one is above the threshold, where a value is hardly ever
    lost. Else the imputed values agree and the gene counts nothing.

    As matrix products: with l = 1 where a value is at most the threshold and b = l where it is no
    candidate either, a pair counts 1 - l_i l_j + b_i b_j times.
    """
    n_cells, n_genes = logged.shape
    total = np.zeros((n_cells, n_cells))
    for start in range(0, n_genes, BLOCK):
        x = logged[:, start : start + BLOCK]
        low = (x <= threshold).astype(float)
        both = low * ~candidates[:, start : start + BLOCK]
        total += _weighted(x, np.ones_like(x)) - _weighted(x, low) + _weighted(x, both)
    total = np.maximum((total + total.T) / 2, 0)
    np.fill_diagonal(total, 0)
    return total


def _weighted(x, w):
    """Return the sum over genes of w_i w_j (x_i - x_j)^2."""
    square, plain = x * x * w, x * w
    cross = square @ w.T
    return cross + cross.T - 2 * plain @ plain.T


def principal_coordinates(squared):
    """Return the coordinates with positive eigenvalues, largest first, and each one's share."""
    centred = squared - squared.mean(axis=0)
    centred -= centred.mean(axis=1, keepdims=True)
    values, vectors = eigh(-centred / 2)
    values, vectors = values[::-1], vectors[:, ::-1]
    keep = values > values[0] * 1e-12
    values = values[keep]
    return vectors[:, keep] * np.sqrt(values), values / values.sum()


def number_of_coordinates(shares):
    """Return how many coordinates to cluster: those before the eigenvalues level off.

    Of the first 90 % of the eigenvalues, falls smaller than a tenth of the largest (a fifth, where
    they are even) are a plateau; the coordinates before the first long plateau are kept.
    """
    shares = shares[: max(int(0.9 * len(shares)), 1)]
    falls = -np.diff(shares)
    if len(falls) == 0:
        return 1
    evenness = 100 * falls.mean() / np.sort(falls)[-3:].mean()
    if evenness > 15:
        return USUAL_N
    cutoff = falls.max() / (5 if evenness > 10 else 10)
    before, length = 0, 1  # the last coordinate before the present plateau, the plateau's length
    for index, fall in enumerate(falls, start=2):
        if fall >= cutoff:
            before, length = index - 1, 1
            continue
        length += 1
        if length > 7 or (index > 10 and length > 3):
            return before if before > 1 else USUAL_N
    return USUAL_N


def number_of_clusters(coordinates, tree):
    """Return the number of clusters at the sharpest bend of the Calinski-Harabasz index.

    The bend is the least second difference over k; a later one counts if it is more than a third
    as sharp.
    """
    most = min(3 * coordinates.shape[1] + 3, len(coordinates) - 1)
    cuts = cut_tree(tree, np.arange(2, most + 1))
    index = [calinski_harabasz_score(coordinates, cut) for cut in cuts.T]
    bends = np.diff(index, n=2)  # the first one is at k = 3
    if len(bends) == 0:
        return 2
    first = int(bends.argmin())
    later = bends[first + 1 :]
    if len(later) and 3 * later.min() < bends[first]:
        return first + 1 + int(later.argmin()) + 3
    return first + 3


def cidr(counts, k=None):
    """Cluster cells.

    Parameters
    ----------
    counts : numpy.ndarray
        Cells x genes, linear scale.
    k : int, optional
        Number of clusters; :func:`number_of_clusters` where absent.

    Returns
    -------
    tuple of numpy.ndarray
        Principal coordinates that were clustered, cells x coordinates; cluster of each cell.
    """
    counts = counts[:, counts.sum(axis=0) > 0]
    logged = log_cpm(counts)
    candidates = logged < thresholds(logged, counts.sum(axis=1))[:, None]
    threshold = imputation_threshold(logged, candidates)
    squared = squared_dissimilarity(logged, candidates, threshold)
    coordinates, shares = principal_coordinates(squared)
    coordinates = coordinates[:, : number_of_coordinates(shares)]
    tree = linkage(coordinates, method="ward")
    return coordinates, cut_tree(tree, k or number_of_clusters(coordinates, tree)).ravel()
