"""The cells that stay, in their new order, as one matrix or in blocks from a copy on disk."""

from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np
from scipy import sparse

from clear.benchmark.data.prepare import published
from clear.benchmark.data.prepare.published import Published, edges
from clear.cells.scratch import Scratch


class Blocks:
    """Expression of cells x genes in blocks of cells.

    Iterating gives the blocks that have cells, as CSR float32 with sorted genes; nobody may
    change them.

    Parameters
    ----------
    read
        Returns the block of a number.
    ends
        For each block the number of the cell after its last one, or an empty list.
    genes
        How many there are.
    values
        How many are stored.
    close
        Frees the disk.

    Attributes
    ----------
    shape
        Numbers of cells and genes.
    whole
        Whether all cells are one block, which is in memory.
    """

    def __init__(
        self,
        read: Callable[[int], sparse.csr_matrix],
        ends: list[int],
        genes: int,
        values: int,
        whole: bool,
        close: Callable[[], None] = lambda: None,
    ):
        self._read, self._ends = read, ends
        self.shape = ends[-1], genes
        self.values, self.whole, self.close = values, whole, close

    def __iter__(self) -> Iterator[sparse.csr_matrix]:
        for number in range(len(self._ends)):
            block = self._read(number)
            if block.shape[0]:
                yield block
            del block  # before the next one is read

    def rewritten(self, work: Callable[[sparse.csr_matrix], sparse.csr_matrix]) -> "Blocks":
        """Return what a function makes of the blocks, which are freed; it is called once each."""
        if self.whole:
            return in_memory(work(self._read(0)))
        copy = Scratch(*self.shape, in_memory=False)
        for block in self:
            copy.append(work(block))
        self.close()
        return _on_disk(copy, [[run] for run in pairwise([0, *self._ends])])

    def only(self, cells: np.ndarray, genes: np.ndarray) -> "Blocks":
        """Return the cells and genes of two masks; what is left out must have no values."""
        if cells.all() and genes.all():
            return self
        if self.whole:
            return in_memory(self._read(0)[cells][:, genes])
        starts = [0, *self._ends]

        def read(number: int) -> sparse.csr_matrix:
            return self._read(number)[cells[starts[number] : starts[number + 1]]][:, genes]

        ends = [int(np.count_nonzero(cells[:end])) for end in self._ends]
        return Blocks(read, ends, int(genes.sum()), self.values, False, self.close)


def in_memory(matrix: sparse.csr_matrix) -> Blocks:
    """Return a matrix as its only block."""
    return Blocks(lambda _: matrix, [matrix.shape[0]], matrix.shape[1], matrix.nnz, True)


def shuffled(dataset: Published, order: np.ndarray, genes: np.ndarray, dense: bool) -> Blocks:
    """Return some cells of a dataset in a new order.

    The values of a large dataset are read once, block by block, and copied to unnamed files in the
    system's temporary folder (six bytes each), in which the cells of a block lie in the new order.
    A block of the result is put together from one run of cells of each.

    Parameters
    ----------
    dataset
        What was published.
    order
        Numbers of the cells.
    genes
        Mask of the genes that stay.
    dense
        Whether blocks must be small enough to be dense.

    Raises
    ------
    ClearError
        When the disk is full.
    """
    if dataset.whole:
        ((_, matrix),) = dataset.blocks()
        matrix = matrix[order][:, genes]
        matrix.sort_indices()
        return in_memory(matrix)
    number = int(genes.sum())
    sizes = np.full(len(order), number) if dense else dataset.lengths[order]
    bounds = edges(sizes, published.BLOCK_VALUES)
    place = np.full(dataset.shape[0], -1)
    place[order] = np.arange(len(order))
    copy, runs = Scratch(len(order), number, in_memory=False), [[] for _ in bounds[1:]]
    places, done = np.empty(len(order), dtype=np.int64), 0
    for first, block in dataset.blocks():
        mine = place[first : first + block.shape[0]]
        cells = np.flatnonzero(mine >= 0)
        cells = cells[np.argsort(mine[cells])]
        part = block[cells][:, genes]
        part.sort_indices()
        copy.append(part)
        places[done : done + len(cells)] = mine[cells]
        cuts = (done + np.searchsorted(mine[cells], bounds)).tolist()
        for own, run in zip(runs, pairwise(cuts), strict=True):
            own.append(run)
        done += len(cells)
    return _on_disk(copy, runs, places)


def _on_disk(
    copy: Scratch, runs: list[list[tuple[int, int]]], places: np.ndarray | None = None
) -> Blocks:
    """Return blocks of runs of cells of a copy; ``places``: where each cell belongs."""

    def read(number: int) -> sparse.csr_matrix:
        lengths, genes, values = copy.read(runs[number])
        starts = np.concatenate([[0], np.cumsum(lengths)])
        shape = len(lengths), copy.genes
        block = sparse.csr_matrix((values, genes.astype(np.int32), starts), shape)
        if places is None:
            return block
        where = np.concatenate([places[first:end] for first, end in runs[number]])
        return block[np.argsort(where)]

    sizes = [sum(end - first for first, end in own) for own in runs]
    ends = np.cumsum(sizes).tolist()
    return Blocks(read, ends, copy.genes, copy.values, False, copy.close)
