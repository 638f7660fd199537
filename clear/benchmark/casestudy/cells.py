"""Clusters and UMAP of the embedding of a case study."""

from pathlib import Path

import numpy as np
import pandas as pd

from clear.benchmark.casestudy.engines import lay_out
from clear.benchmark.methods.outputs import BadOutput, read_embedding, read_status, read_truth
from clear.benchmark.tasks.projection import LEAST_CELLS

RESOLUTION = 1.2  # the paper's for Fig. 5; for Fig. 6 it gives none
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


def map_cells(
    run: Path, truth: Path, n_neighbors: int, device: str
) -> tuple[pd.DataFrame, pd.DataFrame, dict]:
    """Cluster the cells of an embedding and lay them out, on one graph of neighbours.

    Parameters
    ----------
    run, truth
        Folder of the run; ``truth.tsv`` of the dataset.
    n_neighbors
        Neighbours of a cell.
    device
        See :func:`.engines.choose`.

    Returns
    -------
    clusters, umap : DataFrame
        Columns cell, cluster (text; 0 is the largest) and cell, x, y (no unit); no row where there
        is no embedding.
    record : dict
        How it was computed, see :func:`.engines.lay_out`; empty where there is no embedding.
    """
    found = embedding_of(run, truth)
    if found is None:
        return pd.DataFrame(columns=CLUSTERS), pd.DataFrame(columns=UMAP), {}
    cells, embedding = found
    numbers, plane, record = lay_out(embedding, n_neighbors, RESOLUTION, device)
    clusters = pd.DataFrame({"cell": cells, "cluster": numbers.astype(str)})
    return clusters, pd.DataFrame({"cell": cells, "x": plane[:, 0], "y": plane[:, 1]}), record
