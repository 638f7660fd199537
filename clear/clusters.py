"""Clusters of an embedding for ``clear cluster``, made as the benchmark makes them."""

import numpy as np
import pandas as pd

from clear.errors import ClearError

N_NEIGHBORS = 15
N_INIT = 10


def clusters(
    embedding: np.ndarray, n_clusters: int | None, resolution: float, seed: int
) -> tuple[pd.Categorical, dict]:
    """Cluster cells by k-means where the number of clusters is given, else by Leiden.

    Parameters
    ----------
    embedding
        Cells x dimensions.
    n_clusters
        Number of clusters for k-means (10 restarts).
    resolution
        Resolution of Leiden, on scanpy's graph of 15 nearest neighbours.
    seed
        Random seed.

    Returns
    -------
    Categorical
        ``"0"``, ``"1"``, ... for each cell.
    dict
        How they were made.

    Raises
    ------
    ClearError
        When scanpy or scikit-learn is not installed, or on numbers that cannot be used.
    """
    try:
        from clear.clusterings import kmeans, leiden, neighbour_graph
    except ImportError as error:
        raise ClearError(
            f"Clustering needs {error.name}, which is not installed: "
            "pip install 'clear-sc[benchmark]'."
        ) from error
    embedding = np.asarray(embedding)
    if len(embedding) < 2:
        raise ClearError(f"At least two cells are needed for clusters, not {len(embedding)}.")
    if not np.isfinite(embedding).all():
        raise ClearError("The embedding holds NaN or infinite values; make it anew.")
    if seed < 0:
        raise ClearError(f"The seed must be a whole number from 0 on, not {seed}.")
    if n_clusters is not None:
        if not 1 <= n_clusters <= len(embedding):
            raise ClearError(
                f"The number of clusters must be from 1 to the number of cells "
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
