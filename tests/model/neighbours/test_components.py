"""Principal components of a pool: scanpy's, found once, in little memory."""

import dataclasses
import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from clear.model import neighbours
from clear.model.neighbours import Neighbours
from clear.presets import GRAPH_DIFFUSION
from tests.model.neighbours.graphs import CELLS, generator, principal_scores


def scanpy_scores(values):
    """Standardise, cut at 10, and take all principal components, with scikit-learn."""
    deviation = values.std(0)
    scaled = np.clip((values - values.mean(0)) / np.where(deviation > 0, deviation, 1), None, 10)
    scores = PCA(50, svd_solver="full").fit_transform(scaled)
    return scores / np.linalg.norm(scores, axis=1, keepdims=True)


def test_scores_are_the_principal_components_of_standardised_genes(pool):
    found = principal_scores(pool).double().numpy()
    expected = scanpy_scores(pool.double().numpy())
    assert found.shape == (CELLS, 50)
    # Components have no sign, and which of equal ones is left out is open: cosines count.
    assert np.allclose(found @ found.T, expected @ expected.T, atol=2e-3)


def test_outliers_count_as_ten_standard_deviations(pool):
    wild = torch.cat([pool] * 3)
    wild[5, 3] = 1e4
    tame = principal_scores(wild).double().numpy()
    expected = scanpy_scores(wild.double().numpy())
    assert np.allclose(tame @ tame.T, expected @ expected.T, atol=2e-2)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_components_take_no_memory_that_grows_with_the_cells():
    """An upper bound, with all blocks on the heap: some of them and the scores, not all cells."""
    code = """
import torch
from clear.model.components import find_components
def peak(name):
    lines = open("/proc/self/status").read().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1000
torch.set_num_threads(1)
pool = torch.rand(60_000, 1000, generator=torch.Generator().manual_seed(0))
find_components(pool[:5000], torch.arange(1000), 50).scores(pool[:5000])
before = peak("VmRSS")
for start in range(2):
    find_components(pool, torch.arange(start, len(pool), 15), 50).scores(pool)
print(peak("VmHWM") - before)
"""
    heap = os.environ | {"MALLOC_MMAP_THRESHOLD_": "100000000"}
    done = subprocess.run([sys.executable, "-c", code], env=heap, capture_output=True, check=True)
    assert float(done.stdout) < 150


def test_components_are_found_once_for_a_pool(pool, monkeypatch):
    """In groups too, which are drawn in every epoch; and again for other cells or a new sample."""
    found = []
    real = neighbours.find_components
    monkeypatch.setattr(neighbours, "find_components", lambda *a: found.append(a) or real(*a))
    preset = dataclasses.replace(GRAPH_DIFFUSION, neighborhood=30, neighbors=3)
    made = Neighbours(preset, generator(), generator(1))
    graphs = []
    for cells in (pool, pool, pool[:70]):
        made.use(cells)
        graphs.append(made.graph.nearest)
    assert [len(cells) for cells, *_ in found] == [CELLS, 70]
    assert not torch.equal(graphs[0], graphs[1])
    monkeypatch.setattr(neighbours, "SAMPLE", 50)
    made.use(pool[:70])
    made.use(made.pool)
    assert len(found) == 4 and not torch.equal(found[2][1], found[3][1])
