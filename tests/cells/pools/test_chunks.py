"""Pools and chunks: every cell once, in whole minibatches, from all over the file."""

import numpy as np
import pytest
import torch
from anndata import AnnData

from clear.cells.load import load
from clear.cells.matrix import Expression
from clear.cells.pools import RUN_CELLS, Chunked, Whole, chunk_edges
from tests.cells.pools.pooling import CPU, SMALL, SMALL_RELEASED, chunked, sparse_values


@pytest.mark.parametrize(
    ("cells", "batch", "room"),
    [
        (1000, 100, 300),
        (1001, 100, 300),
        (999, 100, 450),
        (640, 64, 128),
        (257, 128, 256),
        (5, 2, 4),
    ],
)
def test_every_cell_comes_once_in_whole_minibatches(cells, batch, room):
    values = sparse_values(cells)
    source = chunked(values, room)
    generator = torch.Generator().manual_seed(0)
    batches = -(-cells // batch)
    for _ in range(3):
        seen, sizes = [], []
        for pool, order in source.chunks(generator, batch, batches):
            seen.append(pool[order].clone())
            sizes.append(len(pool))
            assert len(pool) <= room
        assert sum(sizes) == cells
        assert all(size % batch == 0 for size in sizes[:-1])
        assert sizes[-1] > batch
        assert len(sizes) > 1
        seen = torch.cat(seen).numpy()
        assert not np.array_equal(seen, values)
        assert np.array_equal(seen[seen[:, 0].argsort()], values)


def test_dropped_minibatch_is_another_one_each_epoch():
    values = sparse_values(1000)
    source = chunked(values, 500)
    generator = torch.Generator().manual_seed(0)
    left = []
    for _ in range(4):
        seen = torch.cat([pool[order, 0] for pool, order in source.chunks(generator, 300, 3)])
        assert len(seen.unique()) == 900
        left.append(frozenset(values[:, 0]) - frozenset(seen.tolist()))
    assert len(set(left)) == 4


def test_cells_of_a_chunk_come_from_all_over_the_file():
    """Chunks of 100 runs: their cells' mean place is that of a random sample of runs."""
    cells = 400 * RUN_CELLS
    place = np.arange(cells, dtype=np.float32)[:, None]
    source = chunked(place + 1, 100 * RUN_CELLS)
    generator = torch.Generator().manual_seed(0)
    means, neighbours = [], []
    for _ in range(5):
        for pool, order in source.chunks(generator, RUN_CELLS, 400):
            found = pool[order, 0].numpy().astype(int) - 1
            means.append(found.mean() / cells)
            neighbours.append((np.diff(found) == 1).mean())
    assert abs(np.mean(means) - 0.5) < 1 / cells
    expected = np.sqrt(1 / 12 / 100 * 0.75)  # of 100 out of 400, without replacement
    assert 0.6 * expected < np.std(means) < 1.5 * expected
    assert np.mean(neighbours) < 3 / (100 * RUN_CELLS)


@pytest.mark.parametrize("at_most", [2, 3, 7, 100])
def test_chunks_are_few_and_equal(at_most):
    for batches in range(1, 60):
        edges = chunk_edges(batches, at_most)
        sizes = np.diff(edges)
        assert (edges[0], edges[-1]) == (0, batches)
        assert len(sizes) == -(-batches // at_most)
        assert sizes.max() <= at_most
        assert sizes.max() - sizes.min() <= 1
        assert sizes[-1] >= 2 or batches == 1


def test_one_pool_is_ordered_as_by_torch():
    pool = torch.from_numpy(sparse_values(50))
    for batches in (5, 4):
        generator, same = (torch.Generator().manual_seed(3) for _ in range(2))
        ((found, order),) = Whole(pool).chunks(generator, 10, batches)
        assert found is pool
        assert torch.equal(order, torch.randperm(50, generator=same)[: 10 * batches])


def test_one_pool_where_it_fits_and_twice_where_crossovers_write_back(few_values):
    for preset, most in ((SMALL, 300), (SMALL_RELEASED, 200)):  # never under two minibatches
        for cells, kind in ((most, Whole), (most + 1, Chunked)):
            expression = Expression(AnnData(sparse_values(cells)))
            source = load(expression, np.arange(20), CPU, preset)
            assert type(source) is kind
            source.close()
