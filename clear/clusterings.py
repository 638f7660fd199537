"""From an embedding to clusters, in the same way for every method.

Two tracks that are never mixed: ``given_k`` (k-means, told the true number of types) and
``estimated_k`` (Leiden at one resolution, fixed before any label is seen).
"""

import warnings

import anndata
import numpy as np
import scanpy
from sklearn.cluster import KMeans

GIVEN_K, ESTIMATED_K = "given_k", "estimated_k"


def kmeans(embedding: np.ndarray, k: int, seed: int, n_init: int) -> np.ndarray:
    """Cluster by k-means++ (Arthur and Vassilvitskii 2007).

    Parameters
    ----------
    embedding
        Cells x dimensions.
    k
        Number of clusters.
    seed, n_init
        Seed and number of restarts; the best inertia is kept.

    Returns
    -------
    ndarray
        One integer per cell. Fewer than ``k`` clusters where the embedding has fewer distinct
        points: a collapsed embedding is a result, not an error.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Number of distinct clusters")
        return KMeans(k, n_init=n_init, random_state=seed).fit_predict(embedding)


def neighbour_graph(embedding: np.ndarray, n_neighbors: int) -> anndata.AnnData:
    """Return an AnnData with scanpy's fuzzy nearest-neighbour graph of an embedding.

    Parameters
    ----------
    embedding
        Cells x dimensions.
    n_neighbors
        Neighbours of a cell; at most one less than there are cells.
    """
    adata = anndata.AnnData(obsm={"embedding": embedding})
    n_neighbors = min(n_neighbors, len(embedding) - 1)
    scanpy.pp.neighbors(adata, n_neighbors=n_neighbors, use_rep="embedding", random_state=0)
    return adata


def leiden(graph: anndata.AnnData, resolution: float, seed: int) -> np.ndarray:
    """Cluster a neighbour graph by Leiden (Traag et al. 2019), to convergence.

    Returns
    -------
    ndarray
        One integer per cell.
    """
    scanpy.tl.leiden(
        graph,
        resolution=resolution,
        random_state=seed,
        flavor="igraph",
        n_iterations=-1,
        directed=False,
    )
    return graph.obs["leiden"].to_numpy().astype(int)
