"""A canonical dataset: small ones in memory, others read from their file in blocks of cells."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import anndata
import h5py
import numpy as np
from scipy import sparse

from clear.benchmark.vocabulary import LOG_UNITS

# Above so many values a dataset is never in memory as a whole. They take 0.5 GB, and every step
# makes copies of them.
WHOLE_VALUES = 2**26
BLOCK_VALUES = 2**24


class Published:
    """The expression of a canonical dataset, see :func:`clear.benchmark.data.canonical.canonical`.

    A file with more than ``WHOLE_VALUES`` values is read in blocks of at most ``BLOCK_VALUES``
    each time that something is asked of all its values.

    Attributes
    ----------
    obs, var
        The tables of cells and genes.
    unit
        What the values are.
    shape
        Numbers of cells and genes.
    lengths
        Number of genes detected in each cell (int64).
    """

    def __init__(self, path: Path):
        with h5py.File(path) as file:
            self.obs, self.var = (anndata.io.read_elem(file[table]) for table in ("obs", "var"))
            self.unit = str(anndata.io.read_elem(file["uns/unit"]))
            self._starts = file["X/indptr"][:].astype(np.int64)
        self.shape = len(self.obs), len(self.var)
        self.lengths = np.diff(self._starts)
        values = int(self._starts[-1])
        self.whole = values <= WHOLE_VALUES
        self._path = path
        self._edges = edges(self.lengths, values if self.whole else BLOCK_VALUES)
        self._kept = None  # the block of a small dataset
        self._sums = {}

    def blocks(self) -> Iterator[tuple[int, sparse.csr_matrix]]:
        """Yield the number of a block's first cell, and its values, cells x genes, as published."""
        for first, end in pairwise(self._edges):
            if self.whole and self._kept is None:
                self._kept = self._read(first, end)
            yield first, self._kept if self.whole else self._read(first, end)

    def cells_with(self, cells: np.ndarray) -> np.ndarray:
        """Return in how many of the cells of a mask each gene is detected (int64)."""
        found = np.zeros(self.shape[1], dtype=np.int64)
        with h5py.File(self._path) as file:
            for first, end in pairwise(self._edges):
                genes = file["X/indices"][self._starts[first] : self._starts[end]]
                mine = np.repeat(cells[first:end], self.lengths[first:end])
                found += np.bincount(genes if mine.all() else genes[mine], minlength=len(found))
        return found

    def sums(self, *masks: np.ndarray, linear: bool = True) -> list[np.ndarray]:
        """Return each cell's sum over the genes of each mask (float64).

        Of values on their linear scale, or as published. All that is not known yet is found in one
        pass.
        """
        linear = linear and self.unit in LOG_UNITS
        keys = [(linear, mask.tobytes()) for mask in masks]
        new = {key: mask for key, mask in zip(keys, masks, strict=True) if key not in self._sums}
        if new:
            found = np.empty((self.shape[0], len(new)))
            genes = np.column_stack(list(new.values())).astype(np.float64)
            for first, block in self.blocks():
                values = to_linear(block, self.unit) if linear else block
                found[first : first + block.shape[0]] = values @ genes
            self._sums |= dict(zip(new, np.ascontiguousarray(found.T), strict=True))
        return [self._sums[key] for key in keys]

    def _read(self, first: int, end: int) -> sparse.csr_matrix:
        with h5py.File(self._path) as file:
            part = slice(self._starts[first], self._starts[end])
            values = file["X/data"][part].astype(np.float32, copy=False)
            genes = file["X/indices"][part]
        starts = self._starts[first : end + 1] - self._starts[first]
        return sparse.csr_matrix((values, genes, starts), (end - first, self.shape[1]))


def edges(lengths: np.ndarray, values: int) -> list[int]:
    """Cut cells into runs of at most so many values, but at least one cell; return the edges."""
    starts = np.concatenate([[0], np.cumsum(lengths)])
    found = [0]
    while found[-1] < len(lengths):
        end = int(np.searchsorted(starts, starts[found[-1]] + values, side="right")) - 1
        found.append(max(end, found[-1] + 1))
    return found


def to_linear(matrix: sparse.csr_matrix, unit: str) -> sparse.csr_matrix:
    """Return expression on its linear scale: the inverse of the logarithm that ``unit`` names."""
    values = matrix.copy()
    if unit == "log1p":
        values.data = np.expm1(values.data)
    elif unit == "log2p1":
        values.data = np.expm1(values.data * np.float32(np.log(2)))
    return values
