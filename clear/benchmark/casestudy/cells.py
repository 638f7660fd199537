"""Clusters and UMAP of the embedding of a case study."""

from pathlib import Path

import numpy as np
import pandas as pd

from clear.benchmark.methods.outputs import BadOutput, read_embedding, read_status, read_truth
from clear.benchmark.tasks.projection import LEAST_CELLS, project
from clear.clusters import N_NEIGHBORS, leiden, neighbour_graph

RESOLUTION = 1.2  # the paper's for Fig. 5
CLUSTERS, UMAP = ["cell", "cluster"], ["cell", "x", "y"]


def embedding_of(run: Path, truth: Path) -> tuple[pd.Index, np.ndarray] | None:
    """Return the cells and the embedding of a run; None where it has none, or few cells."""
    if read_status(run)["status"] != "ok":
        return None
    cells = read_truth(truth).index
    try:
        embedding = read_embedding(run, cells)
    except BadOutput:  # it was changed after its check; the scores say so
        return None
    return None if embedding is None or len(cells) < LEAST_CELLS else (cells, embedding)


def cluster_table(run: Path, truth: Path) -> pd.DataFrame:
    """Return the clusters of an embedding: Leiden on the graph of neighbours in all dimensions.

    Parameters
    ----------
    run, truth
        Folder of the run; ``truth.tsv`` of the dataset.

    Returns
    -------
    DataFrame
        Columns cell, cluster (text; 0 is the largest); no row where there is no embedding.
    """
    found = embedding_of(run, truth)
    if found is None:
        return pd.DataFrame(columns=CLUSTERS)
    cells, embedding = found
    numbers = leiden(neighbour_graph(embedding, N_NEIGHBORS), RESOLUTION, seed=0)
    order = np.argsort(-np.bincount(numbers), kind="stable")
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return pd.DataFrame({"cell": cells, "cluster": rank[numbers].astype(str)})


def umap_of_cells(run: Path, truth: Path) -> pd.DataFrame:
    """Return the UMAP of an embedding: columns cell, x, y (no unit); no row without embedding."""
    found = embedding_of(run, truth)
    if found is None:
        return pd.DataFrame(columns=UMAP)
    cells, embedding = found
    plane = project(embedding, N_NEIGHBORS)
    return pd.DataFrame({"cell": cells, "x": plane[:, 0], "y": plane[:, 1]})
