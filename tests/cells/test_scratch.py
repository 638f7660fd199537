"""The sparse copy of the cells: what is written is read back, and a full disk is an error."""

import numpy as np
import pytest
from scipy import sparse

from clear.cells.scratch import Scratch


def filled(dense, in_memory, parts=3):
    scratch = Scratch(*dense.shape, in_memory)
    for block in np.array_split(dense, parts):
        scratch.append(block)
    return scratch


def sparse_values(cells, genes, seed=0):
    random = np.random.default_rng(seed)
    return (random.gamma(1, 1, (cells, genes)) * (random.random((cells, genes)) < 0.2)).astype("f4")


def dense_again(cells, genes):
    out = np.zeros((len(cells.lengths), genes), dtype=np.float32)
    out[np.repeat(np.arange(len(cells.lengths)), cells.lengths), cells.genes] = cells.values
    return out


@pytest.mark.parametrize("in_memory", [True, False])
@pytest.mark.parametrize("genes", [30, 2**16, 2**16 + 1])
def test_runs_of_cells_come_back(in_memory, genes):
    dense = sparse_values(50, genes)
    dense[[3, 20, 21, 49]] = 0
    dense[4, -1] = 7.0  # the largest number of a gene
    scratch = filled(dense, in_memory)
    for runs in ([(0, 50)], [(3, 5)], [(40, 50), (0, 7), (20, 22)], [(49, 50)]):
        wanted = np.vstack([dense[first:end] for first, end in runs])
        assert np.array_equal(dense_again(scratch.read(runs), genes), wanted)
    scratch.close()


def test_sparse_blocks_are_kept_as_dense_ones():
    dense = sparse_values(50, 30)
    dense[20] = 0
    scratch = Scratch(50, 30, in_memory=False)
    for block in (dense[:7], sparse.csr_matrix(dense[7:31]), sparse.csr_matrix(dense[31:])):
        scratch.append(block)
    assert np.array_equal(dense_again(scratch.read([(3, 40)]), 30), dense[3:40])
    assert scratch.values == np.count_nonzero(dense) and scratch.genes == 30
    scratch.close()


def test_file_has_no_name(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    scratch = filled(sparse_values(50, 30), in_memory=False)
    assert list(tmp_path.iterdir()) == []
    scratch.close()
