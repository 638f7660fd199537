"""Clusters within each batch, and which clusters of different batches are alike."""

import random

import igraph
import numpy as np
from scipy import sparse, stats
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors


def louvain(X, seed, n_components=20, n_neighbors=30, resolution=0.6):
    """Return a cluster per cell: Louvain on shared neighbours, as Seurat 2 has it by default.

    Parameters
    ----------
    X : numpy.ndarray
        Log-normalised values, cells x genes, of one batch.

    Returns
    -------
    numpy.ndarray of int
        Numbers from 0.
    """
    cells = len(X)
    if cells < 4:
        return np.zeros(cells, dtype=int)
    deviation = X.std(axis=0, ddof=1)
    Z = ((X - X.mean(axis=0)) / np.where(deviation > 0, deviation, 1)).clip(-10, 10)
    pca = PCA(min(n_components, cells - 2), svd_solver="arpack", random_state=seed)
    components = pca.fit_transform(Z)
    k = min(n_neighbors, cells)
    near = NearestNeighbors(n_neighbors=k).fit(components).kneighbors_graph(components)
    shared = (near @ near.T).tocoo()
    overlap = shared.data / (2 * k - shared.data)  # Jaccard's index of two sets of k
    edges = (shared.row < shared.col) & (overlap >= 1 / 15)
    graph = igraph.Graph(cells, list(zip(shared.row[edges], shared.col[edges], strict=True)))
    igraph.set_random_number_generator(random.Random(seed))
    found = graph.community_multilevel(weights=overlap[edges], resolution=resolution)
    return np.array(found.membership)


def similarity(X, cluster, batch):
    """Return how alike clusters of different batches are, as MetaNeighbor does without training.

    Each cluster scores the cells of a batch by their Spearman correlation with its own cells. The
    similarity is the AUROC with which the score of one finds the cells of the other among those of
    their batch, on average over both directions (Crow et al., Nature Communications 2018).

    Parameters
    ----------
    X : numpy.ndarray
        Log-normalised values, cells x genes.
    cluster, batch : numpy.ndarray of int
        One value per cell; clusters are numbered from 0 across batches.

    Returns
    -------
    numpy.ndarray
        clusters x clusters, symmetric; 0 within a batch and where no direction is defined, as the
        cells of a batch with one cluster cannot be told from others.
    """
    clusters = cluster.max() + 1
    ranks = stats.rankdata(X, axis=1)
    with np.errstate(invalid="ignore"):  # a cell with equal values has no correlation
        correlation = np.nan_to_num(np.corrcoef(ranks))
    network = stats.rankdata(correlation).reshape(correlation.shape) / correlation.size
    member = sparse.csr_matrix((np.ones(len(X)), (np.arange(len(X)), cluster)))
    score = (network @ member) / network.sum(axis=1, keepdims=True)  # cells x clusters
    found = np.full((clusters, clusters), np.nan)
    for target in range(clusters):
        home = batch[cluster == target][0]
        own = cluster[batch == home] == target
        positive, negative = own.sum(), (~own).sum()
        if negative:
            order = stats.rankdata(score[batch == home], axis=0)[own].sum(axis=0)
            found[target] = (order / positive - (positive + 1) / 2) / negative
    both = np.stack([found, found.T])
    known = np.isfinite(both).sum(axis=0)
    alike = np.nansum(both, axis=0) / np.maximum(known, 1)
    homes = np.array([batch[cluster == number][0] for number in range(clusters)])
    return np.where(homes[:, None] == homes, 0, alike)


def pairs(alike, homes, high, low):
    """Return pairs of clusters to bring together, and pairs to keep apart.

    Parameters
    ----------
    alike : numpy.ndarray
        From `similarity`.
    homes : numpy.ndarray of int
        The batch of each cluster.
    high, low : float
        Together: the best match of one of them in the other's batch, at least ``high``. Apart: all
        pairs between ``low`` and ``high``.

    Returns
    -------
    tuple of numpy.ndarray of int
        Both have two columns, the smaller number first.
    """
    best = np.zeros(alike.shape, dtype=bool)
    for number, row in enumerate(alike):
        for other in np.unique(homes[homes != homes[number]]):
            best[number, np.argmax(np.where(homes == other, row, -1))] = True
    together = (best | best.T) & (alike >= high)
    apart = (alike > low) & (alike < high)
    return np.argwhere(np.triu(together)), np.argwhere(np.triu(apart))
