"""Minibatch sampling: from one pool of all cells, or chunk by chunk."""

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
from torch import Tensor

from clear.cells.scratch import Scratch, SparseCells

RUN_CELLS = 64
FILL_CELLS = 4096


class Whole:
    """All cells as one dense pool (cells x genes, float32) on the device that trains.

    ``rows`` says which cells the pool holds, for :class:`Chunked` too.
    """

    def __init__(self, pool: Tensor):
        self.cells, self.genes = pool.shape
        self.rows = slice(None)
        self.device = pool.device
        self._pool = pool

    def chunks(self, generator: torch.Generator, batch_size: int, batches: int) -> Iterator:
        """Yield the pool once, as :meth:`Chunked.chunks` does, in a uniformly random order."""
        order = torch.randperm(self.cells, generator=generator)[: batches * batch_size]
        yield self._pool, order.to(self.device)

    def blocks(self, size: int) -> Iterator[Tensor]:
        """Yield all cells in the order of the data, ``size`` at a time (cells x genes)."""
        yield from self._pool.split(size)

    def close(self) -> None:
        """Free the memory."""
        del self._pool


class Chunked:
    """Cells in a sparse copy, of which one chunk at a time is dense on the device.

    An epoch takes the cells in runs of ``RUN_CELLS`` consecutive ones, in a new random order of
    the runs. A few hundred runs or more make a chunk, whose cells are then shuffled. This
    approximates a full shuffle: consecutive cells of the file are in the same chunk, crossovers
    take genes from cells of the chunk, and negatives are from it or, in the queue, from the
    previous one. As its runs come from the whole file, a chunk has nearly the composition of
    the whole.

    While one chunk is trained on, a thread reads the next one. It draws no random numbers, so
    the order depends on the generator only.

    Parameters
    ----------
    scratch
        All cells.
    pool
        Memory for a chunk (cells x genes, float32) on the device that trains; at least two
        minibatches.

    Attributes
    ----------
    rows
        Which cells the last chunk holds (int64), in the order of the pool.
    """

    def __init__(self, scratch: Scratch, pool: Tensor):
        self.cells, self.genes = scratch.cells, pool.shape[1]
        self.device = pool.device
        self._scratch = scratch
        self._pool = pool

    def chunks(
        self, generator: torch.Generator, batch_size: int, batches: int
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield the cells of one epoch.

        Parameters
        ----------
        generator
            Random numbers for their order (CPU).
        batch_size, batches
            Cells per minibatch, and minibatches per epoch. All chunks but the last consist of
            full minibatches, so that an epoch has as many steps as with one pool.

        Yields
        ------
        Tensor
            A pool (cells of the chunk x genes, float32), overwritten by the next one.
        Tensor
            The rows of the pool in the order of training (int64).

        Raises
        ------
        ClearError
            When the sparse copy cannot be read.
        """
        edges = chunk_edges(batches, len(self._pool) // batch_size) * batch_size
        edges[-1] = min(edges[-1], self.cells)
        order = torch.randperm(-(-self.cells // RUN_CELLS), generator=generator).numpy()
        parts = [_runs(order, self.cells, *edge) for edge in itertools.pairwise(edges)]
        with ThreadPoolExecutor(max_workers=1) as reader:
            ahead = reader.submit(self._scratch.read, parts[0])
            for held, part in zip(parts, [*parts[1:], None], strict=True):
                cells = ahead.result()
                if part is not None:
                    ahead = reader.submit(self._scratch.read, part)
                pool = self._pool[: len(cells.lengths)]
                _fill(pool, cells)
                rows = torch.cat([torch.arange(*run) for run in held])
                self.rows = rows.to(self.device)
                yield pool, torch.randperm(len(pool), generator=generator).to(self.device)

    def blocks(self, size: int) -> Iterator[Tensor]:
        """Yield all cells in the order of the data, ``size`` at a time (cells x genes).

        Raises
        ------
        ClearError
            When the sparse copy cannot be read.
        """
        for start in range(0, self.cells, size):
            stop = min(start + size, self.cells)
            block = torch.empty(stop - start, self.genes, device=self.device)
            _fill(block, self._scratch.read([(start, stop)]))
            yield block

    def close(self) -> None:
        """Free memory and disk."""
        self._scratch.close()
        del self._pool


def chunk_edges(batches: int, at_most: int) -> np.ndarray:
    """Return the edges of as few, and as equal, chunks of at most ``at_most`` minibatches.

    The last minibatch may have a single cell; its chunk has at least two minibatches if
    ``at_most`` and ``batches`` are 2 or more.
    """
    chunks = -(-batches // at_most)
    return np.arange(chunks + 1) * batches // chunks


def _runs(order: np.ndarray, cells: int, start: int, stop: int) -> list[tuple[int, int]]:
    """Return the runs of cells at positions ``start`` to ``stop`` of the shuffled runs."""
    first = order * RUN_CELLS
    end = np.minimum(first + RUN_CELLS, cells)
    after = (end - first).cumsum()  # positions up to the end of each run
    before = after - (end - first)
    ours = (after > start) & (before < stop)
    first, end, before, after = (values[ours] for values in (first, end, before, after))
    first, end = first + (start - before).clip(0), end - (after - stop).clip(0)
    # Reading forwards is fastest, and the chunk is shuffled anyway.
    return sorted(zip(first.tolist(), end.tolist(), strict=True))


def _fill(pool: Tensor, cells: SparseCells) -> None:
    """Write cells into a dense pool on its device, in blocks to save memory."""
    ends = np.concatenate([[0], cells.lengths.cumsum()])
    for start in range(0, len(pool), FILL_CELLS):
        rows = pool[start : start + FILL_CELLS].zero_()
        part = slice(ends[start], ends[start + len(rows)])
        lengths = torch.from_numpy(cells.lengths[start : start + len(rows)]).to(pool.device)
        places = torch.arange(len(rows), device=pool.device).repeat_interleave(lengths)
        genes = torch.from_numpy(cells.genes[part].astype(np.int32)).to(pool.device)
        rows[places, genes.long()] = torch.from_numpy(cells.values[part]).to(pool.device)
