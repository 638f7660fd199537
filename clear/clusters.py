"""Clusters of an embedding: k-means with a given number of them, else Leiden.

``clear-sc cluster`` and the benchmark's scorer use the same functions. They need scikit-learn and
igraph, which ``pip install clear-sc`` alone does not bring. Leiden finds what scanpy's
``tl.leiden`` finds after ``pp.neighbors``, without importing scanpy: that takes longer than
clustering a small dataset.
"""

import contextlib
import random
import warnings
from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix

from clear.errors import ClearError
from clear.fuzzy_graph import fuzzy_graph

N_NEIGHBORS = 15
N_INIT = 10
LEAST_CELLS = 3  # of a graph of neighbours


@contextlib.contextmanager
def _optional_packages() -> Iterator[None]:
    """Turn a failed import into an error that says what to install."""
    try:
        yield
    except ImportError as error:
        raise ClearError(
            f"Clustering needs {error.name or error}, which is not installed: "
            "pip install 'clear-sc[benchmark]'."
        ) from error


@_optional_packages()
def kmeans(embedding: np.ndarray, k: int, seed: int, n_init: int) -> np.ndarray:
    """Cluster by k-means++ (Arthur and Vassilvitskii 2007).

    Parameters
    ----------
    embedding
        Cells x dimensions.
    k
        Number of clusters.
    seed, n_init
        Seed and number of restarts; the one with the lowest inertia is kept.

    Returns
    -------
    ndarray
        One integer per cell. Fewer than ``k`` clusters where the embedding has fewer distinct
        points: a collapsed embedding is a result, not an error.

    Raises
    ------
    ClearError
        When scikit-learn is not installed.
    """
    from sklearn.cluster import KMeans

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Number of distinct clusters")
        return KMeans(k, n_init=n_init, random_state=seed).fit_predict(embedding)


@_optional_packages()
def neighbour_graph(embedding: np.ndarray, n_neighbors: int):
    """Return the fuzzy graph of nearest neighbours of an embedding, for :func:`leiden`.

    Parameters
    ----------
    embedding
        Cells x dimensions.
    n_neighbors
        Neighbours per cell, itself included, capped at the number of cells minus one. They are
        exact up to 100,000 cells, approximate (pynndescent) above.

    Returns
    -------
    igraph.Graph
        A vertex per cell; edges have a ``weight``.

    Raises
    ------
    ClearError
        When there are fewer than three cells, or a package is not installed.
    """
    if len(embedding) < LEAST_CELLS:
        raise ClearError(
            f"A graph of neighbours needs {LEAST_CELLS} cells, not {len(embedding)}; give the "
            "number of clusters instead."
        )
    return leiden_graph(fuzzy_graph(embedding, n_neighbors))


@_optional_packages()
def leiden_graph(edges: csr_matrix):
    """Return a :func:`clear.fuzzy_graph.fuzzy_graph` as :func:`leiden` takes it, igraph's."""
    import igraph

    # Each edge in both directions, as scanpy gives them to igraph: Leiden then finds the same.
    edges = edges.tocoo()
    ends = np.column_stack([edges.row, edges.col]).astype(np.int64)
    return igraph.Graph(edges.shape[0], ends, edge_attrs={"weight": edges.data.tolist()})


@_optional_packages()
def leiden(graph, resolution: float, seed: int) -> np.ndarray:
    """Cluster a :func:`neighbour_graph` by Leiden (Traag et al. 2019), to convergence.

    It maximises modularity; what it draws at random follows from ``seed``.

    Returns
    -------
    ndarray
        One integer per cell.

    Raises
    ------
    ClearError
        When igraph or scikit-learn is not installed.
    """
    import igraph

    igraph.set_random_number_generator(_Draws(seed))
    try:
        found = graph.community_leiden(
            "modularity", weights="weight", resolution=resolution, n_iterations=-1
        )
    finally:
        igraph.set_random_number_generator(random)
    return np.array(found.membership)


class _Draws:
    """Random numbers for igraph, the same as scanpy's for a seed."""

    def __init__(self, seed: int):
        self.state = np.random.RandomState(seed)

    def getrandbits(self, k: int) -> int:
        return self.state.tomaxint() & ((1 << k) - 1)

    def randint(self, low: int, high: int) -> int:
        return self.state.randint(low, high + 1)

    def random(self) -> float:
        return self.state.random()

    def gauss(self, mean: float, sd: float) -> float:
        return self.state.normal(mean, sd)


def clusters(
    embedding: np.ndarray, n_clusters: int | None, resolution: float, seed: int
) -> tuple[pd.Categorical, dict]:
    """Cluster cells by k-means where the number of clusters is given, else by Leiden.

    Parameters
    ----------
    embedding
        Cells x dimensions.
    n_clusters
        Number of clusters for k-means (10 restarts); ``None``: Leiden.
    resolution
        Resolution of Leiden, on scanpy's graph of 15 nearest neighbours.
    seed
        Random seed.

    Returns
    -------
    Categorical
        ``"0"``, ``"1"``, ... for each cell.
    dict
        Method, settings and seed.

    Raises
    ------
    ClearError
        When an argument cannot be used, or a package is not installed.
    """
    embedding = np.asarray(embedding)
    if len(embedding) < 2:
        raise ClearError(f"Clustering needs at least two cells, not {len(embedding)}.")
    if not np.isfinite(embedding).all():
        raise ClearError("The embedding holds NaN or infinite values; train it again.")
    if seed < 0:
        raise ClearError(f"The seed must be a whole number, 0 or more, not {seed}.")
    if n_clusters is not None:
        if not 1 <= n_clusters <= len(embedding):
            raise ClearError(
                f"The number of clusters must be between 1 and the number of cells "
                f"({len(embedding)}), not {n_clusters}."
            )
        numbers = kmeans(embedding, n_clusters, seed, N_INIT)
        record = {"method": "k-means", "n_clusters": n_clusters}
    else:
        if not 0 < resolution < np.inf:
            raise ClearError(f"The resolution must be above 0, not {resolution}.")
        numbers = leiden(neighbour_graph(embedding, N_NEIGHBORS), resolution, seed)
        record = {"method": "leiden", "resolution": resolution, "n_neighbors": N_NEIGHBORS}
    names = [str(number) for number in np.unique(numbers)]
    return pd.Categorical(numbers.astype(str), categories=names), {**record, "seed": seed}
