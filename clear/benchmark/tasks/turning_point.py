"""The turning point of a scan of Leiden's resolution, and what its clusters hold of each type.

The paper lowers the resolution in steps of 0.01 from where Leiden overclusters until it
underclusters, and shows the clusters "at the turning point" (Han et al. 2022, Fig. 2C). Written
as an algorithm:

1. Start at the first of :data:`STARTS` with at least 1.5 times as many clusters as published types.
2. Lower the resolution by 0.01 for as long as there are at least as many clusters as types.
3. The last such resolution is the turning point.

Up to here Leiden has one seed. The ARI of the turning point is that of all seeds of the scorer, as
in every score. The number of types picks the resolution: these clusters are for this figure only
and enter no track.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from clear.benchmark.methods.outputs import BadOutput, read_embedding, read_status, read_truth
from clear.benchmark.metrics.metric import metrics_of
from clear.benchmark.tasks.clustering import SCORER_SEEDS
from clear.clusters import LEAST_CELLS, leiden, neighbour_graph

STARTS = (0.5, 1, 2, 4, 8, 16, 32)
OVERCLUSTERED = 1.5
STEP = 0.01
SEED = SCORER_SEEDS[0]  # of Leiden
SCORES = ("n_clusters", "ari")
OF_SEEDS = ["ari_mean", "ari_sd"]
SCAN = ["method", "seed", "resolution", *SCORES, "turning_point", *OF_SEEDS]
FLOWS = ["method", "seed", "cluster", "cell_type", "cells"]


def scans(runs: list[Path], truth: Path, n_neighbors: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Scan the embedding of each run.

    Parameters
    ----------
    runs
        Run folders; those that did not succeed or have no embedding are passed over.
    truth
        ``truth.tsv`` of the dataset.
    n_neighbors
        Neighbours of a cell in the graph, as in the scores.

    Returns
    -------
    scan : DataFrame
        A row for each resolution that was looked at, in that order; ``turning_point`` is true in
        one of them, or in none where Leiden never overclusters. There ``ari_mean`` and ``ari_sd``
        are over the seeds of the scorer.
    flows : DataFrame
        Cells of each type in each cluster at the turning point; no rows of none.
    """
    scan, flows = [], []
    for run in runs:
        status = read_status(run)
        if status["status"] != "ok":
            continue
        types = read_truth(truth)["cell_type"]
        try:
            embedding = read_embedding(run, types.index)
        except BadOutput:  # it was changed after its check; the scores say so
            embedding = None
        if embedding is None or len(types) < LEAST_CELLS:
            continue
        about = {"method": status["method"], "seed": status["seed"]}
        points, clusters = scan_one(embedding, types.to_numpy(), n_neighbors)
        scan.append(points.assign(**about))
        if clusters is not None:
            pairs = pd.DataFrame({"cluster": clusters, "cell_type": types.to_numpy()})
            flows.append(pairs.value_counts().rename("cells").reset_index().assign(**about))
    return _joined(scan, SCAN), _joined(flows, FLOWS)


def scan_one(embedding, types, n_neighbors: int):
    """Return the points of one scan as a table, and the clusters at the turning point or None."""
    graph, n_types, points = neighbour_graph(embedding, n_neighbors), len(set(types)), []
    metrics = metrics_of("clusters")

    def look(resolution: float):
        clusters = leiden(graph, resolution, SEED)
        scores = {name: metrics[name].function(types, clusters) for name in SCORES}
        points.append({"resolution": resolution, **scores})
        return clusters, scores["n_clusters"]

    turning = None
    for start in STARTS:
        clusters, found = look(start)
        if found >= OVERCLUSTERED * n_types:
            turning, points = start, points[-1:]
            break
    if turning is None:
        table = pd.DataFrame(points).assign(turning_point=False)
        return table.reindex(columns=[*table, *OF_SEEDS]), None
    for step in range(round(start / STEP) - 1, 0, -1):
        lower, found = look(step * STEP)
        if found < n_types:
            break
        turning, clusters = step * STEP, lower
    found = [metrics["ari"].function(types, leiden(graph, turning, s)) for s in SCORER_SEEDS]
    table = pd.DataFrame(points)
    table["turning_point"] = at = table["resolution"] == turning
    table.loc[at, OF_SEEDS] = np.mean(found), np.std(found, ddof=1)
    return table, clusters


def _joined(parts: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    return pd.concat(parts)[columns] if parts else pd.DataFrame(columns=columns)
