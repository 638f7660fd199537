"""Score the runs of one method on one dataset."""

from pathlib import Path

import pandas as pd

from clear.benchmark.methods.outputs import (
    read_clusters,
    read_embedding,
    read_status,
    read_truth,
)
from clear.benchmark.metrics.clustering import OF_CLUSTERS, OF_EMBEDDING
from clear.clusters import kmeans, leiden, neighbour_graph

ABOUT = ["dataset", "recipe", "perturbation", "method", "seed"]
COLUMNS = [*ABOUT, "task", "track", "metric", "value", "status"]
# Two tracks that are never mixed: k-means, told the true number of types, and Leiden at one
# resolution, fixed before any label is seen.
GIVEN_K, ESTIMATED_K = "given_k", "estimated_k"
EMBEDDING = "embedding"


def score_run(run: Path, truth: Path, settings: dict) -> pd.DataFrame:
    """Return the scores of one run, one row per number.

    Parameters
    ----------
    run
        The run's folder.
    truth
        ``truth.tsv`` of the dataset.
    settings
        The settings ``scores``: kmeans_n_init, n_neighbors, leiden_resolution.

    Returns
    -------
    DataFrame
        With the columns :data:`COLUMNS`. A run that did not succeed has one row without a
        number. Where a method made clusters of its own, they are scored on their track;
        elsewhere its embedding is clustered, by k-means with the true number of types and,
        unless the method was told that number, by Leiden.
    """
    status = read_status(run)
    about = {name: status[name] for name in ABOUT}
    about |= {"task": "clustering", "status": status["status"]}
    if status["status"] != "ok":
        return pd.DataFrame([about | {"track": None, "metric": None, "value": None}])[COLUMNS]
    types = read_truth(truth)["cell_type"]
    embedding = read_embedding(run, types.index)
    clusters = read_clusters(run, types.index)
    labels = types.to_numpy()
    seed, n_init = status["seed"], settings["kmeans_n_init"]
    if embedding is not None and GIVEN_K not in clusters:
        clusters[GIVEN_K] = kmeans(embedding, types.nunique(), seed, n_init)
    told_k = "n_clusters" in (status.get("told") or {})
    if embedding is not None and ESTIMATED_K not in clusters and not told_k:
        graph = neighbour_graph(embedding, settings["n_neighbors"])
        clusters[ESTIMATED_K] = leiden(graph, settings["leiden_resolution"], seed)
    rows = [
        about | {"track": track, "metric": name, "value": metric.function(labels, clusters[track])}
        for track in (GIVEN_K, ESTIMATED_K)
        if track in clusters
        for name, metric in OF_CLUSTERS.items()
    ]
    if embedding is not None:
        rows += [
            about
            | {"track": EMBEDDING, "metric": name, "value": metric.function(embedding, labels)}
            for name, metric in OF_EMBEDDING.items()
        ]
    return pd.DataFrame(rows, columns=COLUMNS)
