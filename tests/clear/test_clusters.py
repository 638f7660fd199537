"""Graphs of neighbours: exact, and what Numba compiles for them serves later processes."""

import os
import subprocess
import sys

import numpy as np
from sklearn.neighbors import NearestNeighbors

from clear.clusters import neighbour_graph

PROGRAM = """
import numpy as np
from clear.clusters import neighbour_graph
from umap import umap_

neighbour_graph(np.random.default_rng(0).random((40, 3), np.float32), 5)
for kernel in (umap_.smooth_knn_dist, umap_.compute_membership_strengths):
    print(sum(kernel.stats.cache_misses.values()), sum(kernel.stats.cache_hits.values()))
"""


def test_what_numba_compiles_for_a_graph_is_kept(tmp_path):
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
    command = [sys.executable, "-c", PROGRAM]
    first, second = (
        subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    )
    assert (first, second) == ("1 0\n1 0\n", "0 1\n0 1\n")


def test_neighbours_are_exact_where_scanpy_would_take_approximate_ones():
    points = np.random.default_rng(0).random((8500, 3), np.float32)
    found = neighbour_graph(points, 6).obsp["distances"]
    near = NearestNeighbors(n_neighbors=6).fit(points).kneighbors(points)[1][:, 1:]
    assert np.array_equal(np.sort(found.indices.reshape(8500, 5)), np.sort(near))
