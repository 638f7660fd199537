"""SINCERA's clustering: average linkage on Pearson's correlation of gene-wise z-scores.

Guo et al., PLoS Computational Biology 2015, section "Cell cluster identification". Deterministic.
"""

import numpy as np
from scipy.cluster.hierarchy import cut_tree, linkage
from scipy.spatial.distance import squareform


def pearson_distance(X):
    """Return (1 - r) / 2 between cells after each gene was turned into z-scores.

    Parameters
    ----------
    X : numpy.ndarray
        Cells x genes, log scale; overwritten. Genes that do not vary count as 0 everywhere.

    Returns
    -------
    numpy.ndarray
        Condensed distances, from 0 to 1.
    """
    X -= X.mean(axis=0)
    sd = X.std(axis=0, ddof=1)
    X /= np.where(sd > 0, sd, 1)
    X -= X.mean(axis=1, keepdims=True)
    X /= np.maximum(np.linalg.norm(X, axis=1, keepdims=True), np.finfo(X.dtype).tiny)
    distance = (1 - X.astype(np.float64) @ X.T) / 2
    distance = np.clip((distance + distance.T) / 2, 0, 1)
    np.fill_diagonal(distance, 0)
    return squareform(distance, checks=False)


def most_clusters_without_singletons(tree):
    """Return the largest number of clusters in which no cluster is a single cell.

    Cells are merged from the bottom of the tree up: the last merge that takes in a single cell
    ends the cuts with singletons, and every cut above it has none.
    """
    n_cells = len(tree) + 1
    takes_in_a_cell = (tree[:, :2] < n_cells).any(axis=1)
    return n_cells - 1 - int(np.flatnonzero(takes_in_a_cell)[-1])


def sincera(X, k=None):
    """Return the cluster of each cell.

    Parameters
    ----------
    X : numpy.ndarray
        Cells x genes, log scale; overwritten.
    k : int, optional
        Number of clusters; :func:`most_clusters_without_singletons` where absent.
    """
    tree = linkage(pearson_distance(X), method="average")
    return cut_tree(tree, k or most_clusters_without_singletons(tree)).ravel()
