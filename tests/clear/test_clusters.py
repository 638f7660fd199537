"""Graphs of neighbours and Leiden, held to scanpy's."""

import anndata
import numpy as np
import pytest
import scanpy
from sklearn.datasets import make_blobs

from clear.clusters import leiden, neighbour_graph
from clear.fuzzy_graph import _without_itself, fuzzy_graph

DRAWN = np.random.default_rng(0)
EMBEDDINGS = {
    "three cells": DRAWN.random((3, 2)),
    "fewer than neighbours": DRAWN.random((9, 3), np.float32),
    "overlapping": DRAWN.random((600, 8), np.float32),
    "clusters": make_blobs(500, 5, centers=6, random_state=0)[0],
    "some cells are equal": np.repeat(DRAWN.random((60, 4)), 5, axis=0),
}


def scanpys(embedding):
    adata = anndata.AnnData(obsm={"embedding": embedding})
    k = min(15, len(embedding) - 1)
    scanpy.pp.neighbors(adata, n_neighbors=k, use_rep="embedding", transformer="sklearn")
    return adata


@pytest.mark.parametrize("name", EMBEDDINGS)
def test_the_graph_is_scanpys(name):
    expected = scanpys(EMBEDDINGS[name]).obsp["connectivities"].sorted_indices()
    found = fuzzy_graph(EMBEDDINGS[name], 15)
    assert np.array_equal(found.indptr, expected.indptr)
    assert np.array_equal(found.indices, expected.indices)
    np.testing.assert_allclose(found.data, expected.data, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("name", EMBEDDINGS)
def test_clusters_are_scanpys(name):
    adata, graph = scanpys(EMBEDDINGS[name]), neighbour_graph(EMBEDDINGS[name], 15)
    for resolution, seed in ((0.3, 0), (1, 0), (1, 7), (2, 0)):
        scanpy.tl.leiden(
            adata,
            resolution=resolution,
            random_state=seed,
            flavor="igraph",
            n_iterations=-1,
            directed=False,
        )
        found = leiden(graph, resolution, seed)
        assert np.array_equal(found, adata.obs["leiden"].to_numpy().astype(int))


def test_a_cell_is_no_neighbour_of_itself_wherever_an_approximate_search_puts_it():
    indices = np.array([[0, 1, 2], [2, 1, 0], [1, 0, 3], [3, 2, 1]])  # the third is not there
    found, distances = _without_itself(indices, np.arange(12.0).reshape(4, 3))
    assert found.tolist() == [[1, 2], [2, 0], [1, 0], [2, 1]]
    assert distances.tolist() == [[1, 2], [3, 5], [6, 7], [10, 11]]


def test_a_collapsed_embedding_has_a_graph():
    weights = fuzzy_graph(np.zeros((40, 3), np.float32), 15)
    assert set(weights.data) == {1}
    assert set(np.diff(weights.indptr)) <= set(range(14, 40))
