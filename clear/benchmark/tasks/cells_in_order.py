"""The place of each cell in a method's order, and the way of that order through the plane.

For Fig. 4: one run of each method, in the order that the track ``rooted`` of the task pseudotime
scores. A method that writes no embedding is shown on the plane of principal components.
"""

from pathlib import Path

import numpy as np
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

ORDER = ["method", "seed", "cell", "stage", "place", "plane", "umap1", "umap2"]
PATH = ["method", "seed", "place", "umap1", "umap2"]
PLANE = "pca"  # the method whose plane shows those without an embedding
PLACES, WIDTH = 100, 0.04  # points of a path; standard deviation of the mean around each


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
        Where the order leads: at evenly spaced places the mean position of all cells, weighted by
        a normal density of their distance in places (:data:`WIDTH`).
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
            at = np.linspace(0, 1, PLACES)
            paths.append(pd.DataFrame(path(place, points, at), columns=PATH[2:]).assign(**about))
            about["plane"] = plane
        cells = points.assign(place=place, stage=table["stage"], **about).reset_index()
        orders.append(cells[cells["stage"] != ""])
    return _joined(orders, ORDER), _joined(paths, PATH)


def path(place, points, at) -> np.ndarray:
    """Return the places ``at`` and the mean position of the cells around each, in columns."""
    weights = np.exp(-(((at[:, None] - place) / WIDTH) ** 2) / 2)
    means = weights @ np.asarray(points) / weights.sum(axis=1, keepdims=True)
    return np.column_stack([at, means])


def _joined(parts: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    return pd.concat(parts).reindex(columns=columns) if parts else pd.DataFrame(columns=columns)
