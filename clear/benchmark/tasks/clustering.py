"""Clustering: clusters of cells against the published cell types.

Where a method made clusters of its own, they are scored on their track. Elsewhere its embedding is
clustered, by k-means with the true number of types and, unless the method was told that number,
by Leiden.
"""

from pathlib import Path

from clear.benchmark.tasks.task import Task, Track
from clear.benchmark.vocabulary import EMBEDDING, ESTIMATED_K, GIVEN_K, TRACKS


def score(run: Path, status: dict, truth, settings: dict) -> dict[str, dict[str, float]]:
    """Return the scores of one run by track and metric.

    Parameters
    ----------
    run
        The run's folder.
    status
        Its ``status.json``.
    truth : pandas.DataFrame
        ``truth.tsv`` of the dataset, indexed by cell.
    settings
        The settings ``scores``: kmeans_n_init, n_neighbors, leiden_resolution.
    """
    # The workflow reads every task at each start; these take seconds to import.
    from clear.benchmark.methods.outputs import read_clusters, read_embedding
    from clear.benchmark.metrics.metric import measure
    from clear.clusters import kmeans, leiden, neighbour_graph

    types, seed = truth["cell_type"], status["seed"]
    embedding = read_embedding(run, types.index)
    clusters = read_clusters(run, types.index)
    if embedding is not None and GIVEN_K not in clusters:
        clusters[GIVEN_K] = kmeans(embedding, types.nunique(), seed, settings["kmeans_n_init"])
    told_k = "n_clusters" in (status.get("told") or {})
    if embedding is not None and ESTIMATED_K not in clusters and not told_k:
        graph = neighbour_graph(embedding, settings["n_neighbors"])
        clusters[ESTIMATED_K] = leiden(graph, settings["leiden_resolution"], seed)
    labels = types.to_numpy()
    scores = {
        track: measure("clusters", labels, clusters[track])
        for track in (GIVEN_K, ESTIMATED_K)
        if track in clusters
    }
    if embedding is not None:
        scores[EMBEDDING] = measure("embedding", embedding, labels)
    return scores


TASK = Task(
    id="clustering",
    title="Clustering",
    about="Clusters of cells against the published cell types.",
    needs=("label",),
    told=("n_clusters", "batch"),
    tracks={
        GIVEN_K: Track(TRACKS[GIVEN_K], "clusters", ("embedding", "clusters_given_k")),
        ESTIMATED_K: Track(
            TRACKS[ESTIMATED_K], "clusters", ("embedding", "clusters_estimated_k"), ("n_clusters",)
        ),
        EMBEDDING: Track(TRACKS[EMBEDDING], "embedding", ("embedding",)),
    },
    ranking="ari",
    score=score,
)
