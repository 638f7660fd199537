"""The fuzzy graph of nearest neighbours that Leiden clusters and UMAP draws.

McInnes, Healy and Melville, UMAP (arXiv 1802.03426), section 3.1 and algorithms 1 to 3. Scanpy's
``pp.neighbors`` makes the same graph, but importing it and umap takes longer than all
the rest of scoring a small dataset.
"""

import numpy as np
from scipy.sparse import csr_matrix

# Neighbours are exact up to here: approximate ones compile for most of a minute in each process,
# exact ones of a million cells take hours.
EXACT_CELLS = 100_000
STEPS, TOLERANCE = 64, 1e-5  # of the search for a cell's width
LEAST_WIDTH = 1e-3  # in units of the mean distance


def fuzzy_graph(embedding: np.ndarray, n_neighbors: int) -> csr_matrix:
    """Return the weights of the edges between near cells.

    Parameters
    ----------
    embedding
        Cells x dimensions, at least three cells.
    n_neighbors
        Neighbours of a cell, itself included; at most the number of cells minus one.

    Returns
    -------
    csr_matrix
        Cells x cells, symmetric, float32, from 0 to 1; the diagonal is empty. The union
        a + b - ab of what each of two cells gives the other.
    """
    k = min(n_neighbors, len(embedding) - 1)
    nearest = _exact if len(embedding) <= EXACT_CELLS else _approximate
    indices, distances = nearest(embedding, k)
    weights = memberships(distances.astype(np.float32), k)
    starts = np.arange(0, indices.size + 1, k - 1)
    given = csr_matrix((weights.ravel(), indices.ravel(), starts), shape=(len(embedding),) * 2)
    given.sort_indices()
    received = given.T.tocsr()
    graph = given + received - given.multiply(received)
    graph.eliminate_zeros()
    return graph


def memberships(distances: np.ndarray, k: int) -> np.ndarray:
    """Return how far each neighbour belongs to a cell: exp(-(distance - nearest) / width).

    The width is such that the memberships sum to log2(k).

    Parameters
    ----------
    distances
        To the neighbours of each cell without itself, ascending: cells x (k - 1), float32.
    k
        Number of neighbours, the cell included.
    """
    nearest = np.where(distances > 0, distances, np.inf).min(axis=1, initial=np.inf)
    nearest[~np.isfinite(nearest)] = 0
    beyond = np.maximum(distances - nearest[:, None], 0).T  # neighbours x cells
    widths = _widths(beyond, np.log2(k))
    mean = np.where(nearest > 0, distances.sum(axis=1) / k, distances.sum() / (k * len(distances)))
    widths = np.maximum(widths, (LEAST_WIDTH * mean).astype(np.float32))
    shares = np.divide(beyond, widths, out=np.zeros_like(beyond), where=beyond > 0)
    return np.exp(-shares, dtype=np.float64).astype(np.float32).T


def _widths(beyond: np.ndarray, target: float) -> np.ndarray:
    """Search each cell's width by bisection; the steps are in float32, as in umap."""
    n_cells = beyond.shape[1]
    low, width = np.zeros(n_cells, np.float32), np.ones(n_cells, np.float32)
    high, left = np.full(n_cells, np.inf, np.float32), np.arange(n_cells)
    for _ in range(STEPS):
        sums = np.exp(-beyond[:, left] / width[left].astype(np.float64)).sum(axis=0)
        off = np.abs(sums - target) >= TOLERANCE
        left, wide = left[off], sums[off] > target
        high[left[wide]] = width[left[wide]]
        low[left[~wide]] = width[left[~wide]]
        middle = (low[left] + high[left]) / 2
        width[left] = np.where(np.isinf(middle), 2 * width[left], middle)
    return width


def _exact(embedding: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    from sklearn.neighbors import NearestNeighbors

    # One more than are used, as in scanpy: it decides which of equally distant cells are found.
    search = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(embedding)
    distances, indices = search.kneighbors()
    return indices[:, : k - 1], distances[:, : k - 1]


def _approximate(embedding: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Search as umap does (Dong, Moses and Li 2011): nearly all of the nearest are found."""
    from pynndescent import NNDescent

    n_cells = len(embedding)
    search = NNDescent(
        embedding,
        n_neighbors=k,
        n_trees=min(64, 5 + round(n_cells**0.5 / 20)),
        n_iters=max(5, round(np.log2(n_cells))),
        random_state=0,
    )
    return _without_itself(*search.neighbor_graph)


def _without_itself(indices: np.ndarray, distances: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Take each cell out of its own neighbours.

    It is not always the first: one that is equal to it may come before it. Where many are, it may
    be missing, and the farthest is taken out.
    """
    n_cells, k = indices.shape
    out = indices == np.arange(n_cells)[:, None]
    out[~out.any(axis=1), -1] = True
    return indices[~out].reshape(n_cells, k - 1), distances[~out].reshape(n_cells, k - 1)
