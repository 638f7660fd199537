"""How far a method's own clusters lie apart in its own embedding: a criterion without labels.

The average silhouette width of the clusters that a track scores, for the choice among
configurations of one method. It compares embeddings of one method on one dataset; between methods,
whose distances mean other things, it says little, and fewer dimensions have higher widths.
"""

from pathlib import Path

import pandas as pd

from clear.benchmark.methods.outputs import (
    BadOutput,
    read_clusters,
    read_embedding,
    read_status,
    read_truth,
)
from clear.benchmark.metrics.clustering import silhouette
from clear.benchmark.tasks.clustering import (
    MANY_CELLS,
    RESOLUTION,
    RESTARTS,
    RESTARTS_OF_MANY,
    singletons,
)
from clear.benchmark.vocabulary import ESTIMATED_K, GIVEN_K, OWN_K
from clear.clusters import LEAST_CELLS, kmeans, leiden, neighbour_graph

SEED = 0  # of k-means and Leiden
COLUMNS = ["dataset", "recipe", "perturbation", "method", "seed", "track", "value"]


def widths(runs: list[Path], truth: Path, n_neighbors: int) -> pd.DataFrame:
    """Return the silhouette width of each run's clusters by track.

    Parameters
    ----------
    runs
        Run folders; those that did not succeed or have no embedding are passed over.
    truth
        ``truth.tsv`` of the dataset. Of it only the number of types is used, and on the track
        where that is given.
    n_neighbors
        Neighbours of a cell in the graph, as in the scores.
    """
    rows = []
    for run in runs:
        status = read_status(run)
        if status["status"] != "ok":
            continue
        types = read_truth(truth)["cell_type"]
        try:
            embedding = read_embedding(run, types.index)
            own = {track: singletons(c) for track, c in read_clusters(run, types.index).items()}
        except BadOutput:  # it was changed after its check; the scores say so
            continue
        if embedding is None or len(types) < LEAST_CELLS:
            continue
        found = {GIVEN_K: own.get(GIVEN_K), OWN_K: own.get(ESTIMATED_K)}
        if found[GIVEN_K] is None:
            restarts = RESTARTS if len(types) <= MANY_CELLS else RESTARTS_OF_MANY
            found[GIVEN_K] = kmeans(embedding, types.nunique(), SEED, restarts)
        if "n_clusters" not in (status.get("told") or {}):
            graph = neighbour_graph(embedding, n_neighbors)
            found[ESTIMATED_K] = leiden(graph, RESOLUTION, SEED)
        about = {name: status[name] for name in COLUMNS[:5]}
        rows += [
            about | {"track": track, "value": silhouette(embedding, clusters)}
            for track, clusters in found.items()
            if clusters is not None
        ]
    return pd.DataFrame(rows, columns=COLUMNS)
