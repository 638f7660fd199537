"""SINCERA: its distance and its rule for the number of clusters, and a run on easy cells."""

import numpy as np
import pandas as pd
import pytest
from scipy.cluster.hierarchy import cut_tree, linkage
from scipy.spatial.distance import pdist
from sklearn.metrics import adjusted_rand_score


def test_distance_is_half_of_one_minus_the_correlation_of_z_scores(module):
    X = np.random.default_rng(0).gamma(2.0, size=(8, 30))
    X[:, 4] = 1.0
    Z = np.delete(X, 4, axis=1)
    Z = np.insert((Z - Z.mean(axis=0)) / Z.std(axis=0, ddof=1), 4, 0, axis=1)
    np.testing.assert_allclose(module.pearson_distance(X), pdist(Z, "correlation") / 2)


def test_the_largest_cut_without_a_single_cell_is_taken(module):
    rng = np.random.default_rng(1)
    for _ in range(20):
        tree = linkage(rng.normal(size=(25, 2)), "average")
        cuts = cut_tree(tree).T[::-1]  # of 1, 2, ... clusters
        without = [k for k, cut in enumerate(cuts, start=1) if np.bincount(cut).min() > 1]
        assert module.most_clusters_without_singletons(tree) == max(without)


def test_a_cell_apart_leaves_one_cluster(module):
    tree = linkage(np.array([[0.0], [0.1], [0.3], [9.0]]), "average")
    assert module.most_clusters_without_singletons(tree) == 1


@pytest.mark.parametrize("told", [["n_clusters"], []])
def test_a_run_on_easy_cells(run, script, prepared, told):
    track = "given_k" if told else "estimated_k"
    result = run(script, told=told, outputs=[f"clusters_{track}"])
    assert result.status["status"] == "ok", result.log
    table = pd.read_csv(result.folder / "clusters.tsv", sep="\t").set_index("cell")
    assert set(table["track"]) == {track}
    labels = table.loc[prepared.cells, "cluster"]
    if told:
        assert adjusted_rand_score(prepared.labels, labels) > 0.9
    else:
        assert labels.value_counts().min() > 1


def test_too_many_cells_are_declined(run, script):
    result = run(script, settings={"max_cells": 89}, outputs=["clusters_estimated_k"])
    assert result.status["status"] == "not_applicable"
    assert "at most 89 cells, this dataset has 90" in result.status["message"]
