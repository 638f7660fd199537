"""Clustering: clusters of cells against the published cell types.

Every embedding is clustered in the same way: by k-means with the true number of types and, unless
the method was told that number, by Leiden on one graph at each of :data:`RESOLUTIONS`. A method's
own clusters are scored on a track of their own, or, where it was told the number of types, in
place of those of k-means.
"""

from pathlib import Path

import numpy as np

from clear.benchmark.tasks.task import Task, Track
from clear.benchmark.vocabulary import EMBEDDING, ESTIMATED_K, GIVEN_K, OWN_K, SWEEP, TRACKS

# What the clusterer draws at random is no part of a method: each embedding is clustered with all of
# these seeds, whatever seed the method had.
SCORER_SEEDS = (0, 1, 2, 3, 4)
RESTARTS, MANY_CELLS, RESTARTS_OF_MANY = 50, 5_000, 10
RESOLUTIONS = tuple(i / 10 for i in range(1, 21))
RESOLUTION = 0.5  # the CLEAR authors' for Seurat
UNASSIGNED = "-1"  # of HDBSCAN and others


def score(run: Path, status: dict, truth, settings: dict) -> dict[str, dict | str]:
    """Return the scores of one run by track and metric, or why a track has none.

    Parameters
    ----------
    run
        The run's folder.
    status
        Its ``status.json``.
    truth : pandas.DataFrame
        ``truth.tsv`` of the dataset, indexed by cell.
    settings
        The settings ``scores``: n_neighbors.
    """
    # The workflow reads every task at each start; these take seconds to import.
    from clear.benchmark.methods.outputs import read_clusters, read_embedding
    from clear.benchmark.metrics.metric import measure

    types = truth["cell_type"]
    n_types = types.nunique()
    if n_types == 1:
        return dict.fromkeys(TASK.tracks, "all cells are of one type")
    # Numbers, which compare faster than names.
    labels, told = np.unique(types, return_inverse=True)[1], status.get("told") or {}
    embedding = read_embedding(run, types.index)
    own = {track: singletons(found) for track, found in read_clusters(run, types.index).items()}
    scores = {}
    if embedding is not None:
        scores |= _by_kmeans(embedding, labels, n_types)
        if "n_clusters" not in told:
            scores |= _by_leiden(embedding, labels, settings["n_neighbors"])
        scores[EMBEDDING] = measure("embedding", embedding, labels)
    for written, track in ((GIVEN_K, GIVEN_K), (ESTIMATED_K, OWN_K)):
        if written in own:
            scores[track] = measure("clusters", labels, own[written])
    if n_types == len(types):  # as many clusters as cells are always the right ones
        scores |= dict.fromkeys((GIVEN_K, EMBEDDING), "every cell has its own type")
    return scores


def singletons(clusters):
    """Return clusters (text, one per cell) in which every unassigned cell is a cluster by itself.

    A method cannot gain by leaving the difficult cells out.
    """
    return [f"-1, {i}" if name == UNASSIGNED else name for i, name in enumerate(clusters)]


def _by_kmeans(embedding, labels, k: int) -> dict:
    from clear.benchmark.metrics.metric import measure
    from clear.clusters import kmeans

    restarts = RESTARTS if len(labels) <= MANY_CELLS else RESTARTS_OF_MANY
    found = [
        measure("clusters", labels, kmeans(embedding, k, seed, restarts)) for seed in SCORER_SEEDS
    ]
    return {GIVEN_K: _by_metric(found)}


def _by_leiden(embedding, labels, n_neighbors: int) -> dict:
    """Return the scores at each resolution, their mean, and those at :data:`RESOLUTION`.

    There all seeds of the scorer are used, elsewhere the first.
    """
    from clear.benchmark.metrics.metric import measure
    from clear.clusters import LEAST_CELLS, leiden, neighbour_graph

    if len(labels) < LEAST_CELLS:
        reason = f"{len(labels)} cells: a graph of neighbours needs {LEAST_CELLS}"
        return dict.fromkeys((ESTIMATED_K, SWEEP, *CURVE), reason)
    graph, curve = neighbour_graph(embedding, n_neighbors), {}
    for track, resolution in CURVE.items():
        seeds = SCORER_SEEDS if resolution == RESOLUTION else SCORER_SEEDS[:1]
        curve[track] = _by_metric(
            [measure("clusters", labels, leiden(graph, resolution, seed)) for seed in seeds]
        )
    means = [{name: sum(v) / len(v) for name, v in point.items()} for point in curve.values()]
    sweep = {name: sum(point[name] for point in means) / len(means) for name in means[0]}
    return {ESTIMATED_K: curve[_point(RESOLUTION)], SWEEP: sweep} | curve


def _by_metric(found: list[dict[str, float]]) -> dict[str, list[float]]:
    return {name: [values[name] for values in found] for name in found[0]}


def _point(resolution: float) -> str:
    return f"leiden_{resolution:.1f}"


CURVE = {_point(resolution): resolution for resolution in RESOLUTIONS}
FROM_EMBEDDING = {"of": "clusters", "outputs": ("embedding",), "untold": ("n_clusters",)}

TASK = Task(
    id="clustering",
    title="Clustering",
    about="Clusters of cells against the published cell types.",
    needs=("label",),
    told=("n_clusters", "batch", "source"),
    tracks={
        GIVEN_K: Track(TRACKS[GIVEN_K], "clusters", ("embedding", "clusters_given_k")),
        ESTIMATED_K: Track(TRACKS[ESTIMATED_K], **FROM_EMBEDDING),
        SWEEP: Track(TRACKS[SWEEP], **FROM_EMBEDDING),
        OWN_K: Track(TRACKS[OWN_K], "clusters", ("clusters_estimated_k",), ("n_clusters",)),
        EMBEDDING: Track(TRACKS[EMBEDDING], "embedding", ("embedding",)),
        **{
            track: Track(f"Leiden at resolution {at:g}", **FROM_EMBEDDING, curve=True)
            for track, at in CURVE.items()
        },
    },
    ranking="ari",
    score=score,
)
