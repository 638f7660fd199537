"""UMAP coordinates of every method's embedding of one dataset."""

from pathlib import Path

import pandas as pd
import scanpy

from clear.benchmark.methods.outputs import BadOutput, read_embedding, read_status, read_truth
from clear.clusters import neighbour_graph

LEAST_CELLS = 4  # the start of UMAP, three eigenvectors, needs one more


def umap_table(runs: list[Path], truth: Path, n_neighbors: int) -> pd.DataFrame:
    """Project the embeddings of runs to the plane (UMAP, McInnes et al. 2018; scanpy's defaults).

    Parameters
    ----------
    runs
        Run folders; those that did not succeed or have no embedding are passed over.
    truth
        ``truth.tsv`` of the dataset.
    n_neighbors
        Neighbours of a cell.

    Returns
    -------
    DataFrame
        Columns cell, cell_type, method, seed, umap1, umap2 (no unit), and batch where the truth
        has one.
    """
    done = {run: status for run in runs if (status := read_status(run))["status"] == "ok"}
    if done:  # else there may be no truth either
        cells = read_truth(truth)
        types = cells["cell_type"]
        if len(types) < LEAST_CELLS:
            done = {}
    parts = []
    for run, status in done.items():
        try:
            embedding = read_embedding(run, types.index)
        except BadOutput:  # it was changed after its check; the scores say so
            embedding = None
        if embedding is None:
            continue
        graph = neighbour_graph(embedding, n_neighbors)
        scanpy.tl.umap(graph, random_state=0)
        plane = pd.DataFrame(graph.obsm["X_umap"], columns=["umap1", "umap2"])
        about = {"cell": types.index, "cell_type": types.to_numpy()}
        about |= {"method": status["method"], "seed": status["seed"]}
        if "batch" in cells:
            about["batch"] = cells["batch"].to_numpy()
        parts.append(plane.assign(**about))
    columns = ["cell", "cell_type", "method", "seed", "umap1", "umap2"]
    if not parts:
        return pd.DataFrame(columns=columns)
    table = pd.concat(parts)
    return table[[*columns, *(["batch"] if "batch" in table else [])]]
