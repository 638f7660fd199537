"""The place of each cell in a method's order, and the way of that order through the plane.

For Fig. 4: one run of each method, in the order that the track ``rooted`` of the task pseudotime
scores. A method that writes no embedding is shown on the plane of principal components.
"""

from pathlib import Path

import pandas as pd
from scipy.stats import rankdata

from clear.benchmark.methods.outputs import (
    BadOutput,
    read_embedding,
    read_pseudotime,
    read_status,
    read_truth,
)
from clear.benchmark.tasks.diffusion_time import LEAST_CELLS
from clear.benchmark.tasks.pseudotime import rooted_time
from clear.benchmark.tasks.trajectory import COLUMNS, trajectory

ORDER = ["method", "seed", "cell", "stage", "place", "plane", "umap1", "umap2"]
PATH = ["method", "seed", *COLUMNS]
PLANE = "pca"  # the method whose plane shows those without an embedding


def cells_in_order(
    runs: list[Path], truth: Path, umap: pd.DataFrame, n_neighbors: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the places of the cells and the path of each run.

    Parameters
    ----------
    runs
        Run folders; those that did not succeed or have no rooted order are passed over.
    truth
        ``truth.tsv`` of the dataset.
    umap
        Planes of the methods with an embedding (columns cell, method, seed, umap1, umap2).
    n_neighbors
        Neighbours of a cell in the graph of an embedding.

    Returns
    -------
    order : DataFrame
        A row per cell with a stage: its ``stage`` (0: the first), its ``place`` (0 to 1, the mean
        rank of its pseudotime), its position and the method whose ``plane`` that is, if any.
    path : DataFrame
        Where the order leads in the plane: the lines of
        :func:`clear.benchmark.tasks.trajectory.trajectory` through all cells.
    """
    orders, paths = [], []
    for run in runs:
        status = read_status(run)
        if status["status"] != "ok":
            continue
        table = read_truth(truth)
        try:
            own = read_pseudotime(run, table.index)
            embedding = read_embedding(run, table.index)
        except BadOutput:  # it was changed after its check; the scores say so
            continue
        if len(table) < LEAST_CELLS or "stage" not in table:
            continue
        time = rooted_time(status, embedding, own, table, n_neighbors)
        if time is None:
            continue
        about = {"method": status["method"], "seed": status["seed"]}
        place = (rankdata(time) - 1) / (len(time) - 1)
        plane = status["method"] if embedding is not None else PLANE
        points = umap[umap["method"] == plane].set_index("cell")[["umap1", "umap2"]]
        points = points.reindex(table.index)
        if points.notna().all(axis=None):
            paths.append(trajectory(place, points.to_numpy()).assign(**about))
            about["plane"] = plane
        cells = points.assign(place=place, stage=table["stage"], **about).reset_index()
        orders.append(cells[cells["stage"] != ""])
    return _joined(orders, ORDER), _joined(paths, PATH)


def _joined(parts: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    return pd.concat(parts).reindex(columns=columns) if parts else pd.DataFrame(columns=columns)
