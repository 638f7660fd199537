"""A sparse copy of the cells to train on, in memory or spilled to disk."""

import io
import tempfile
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from scipy import sparse

from clear.errors import ClearError


class SparseCells(NamedTuple):
    """Some cells in compressed sparse row format.

    Attributes
    ----------
    lengths
        Number of non-zero genes of each cell (int64).
    genes
        Their column numbers, cell after cell (uint16 or int32).
    values
        Their expression (float32).
    """

    lengths: np.ndarray
    genes: np.ndarray
    values: np.ndarray


class Scratch:
    """Cells that are appended once and then read in any order.

    Six bytes per non-zero value (eight with more than 65,536 genes). On disk they are in unnamed
    files in the system's temporary folder, so that nothing is left behind however the process
    ends, and the kernel caches them while memory is free.

    Parameters
    ----------
    cells, genes
        How many there will be.
    in_memory
        Whether to keep them in memory instead of on disk.

    Attributes
    ----------
    cells, genes
        As given.

    Raises
    ------
    ClearError
        When the files cannot be created.
    """

    def __init__(self, cells: int, genes: int, in_memory: bool):
        self.cells, self.genes = cells, genes
        self._starts = np.zeros(cells + 1, dtype=np.int64)
        self._written = 0
        self._types = np.dtype(np.uint16 if genes <= 2**16 else np.int32), np.dtype(np.float32)
        try:
            # Unbuffered, so that a failed write raises at the write and only there.
            self._files = [
                io.BytesIO() if in_memory else tempfile.TemporaryFile(buffering=0)  # noqa: SIM115
                for _ in self._types
            ]
        except OSError as error:
            raise _no_room(error) from error

    @property
    def values(self) -> int:
        """How many values other than zero were appended."""
        return int(self._starts[self._written])

    def append(self, block: np.ndarray | sparse.csr_matrix) -> None:
        """Write the next cells (cells x genes, float32, dense or without stored zeros).

        Raises
        ------
        ClearError
            When the disk is full.
        """
        if sparse.issparse(block):
            lengths, genes, kept = np.diff(block.indptr), block.indices, block.data
        else:
            rows, genes = block.nonzero()
            lengths, kept = np.bincount(rows, minlength=len(block)), block[rows, genes]
        end = self._written + len(lengths)
        self._starts[self._written + 1 : end + 1] = self._starts[self._written] + lengths.cumsum()
        self._written = end
        for file, kind, values in zip(self._files, self._types, (genes, kept), strict=True):
            left = memoryview(values.astype(kind, copy=False)).cast("B")
            try:
                while left:
                    left = left[file.write(left) :]
            except OSError as error:
                raise _no_room(error) from error

    def read(self, runs: Iterable[tuple[int, int]]) -> SparseCells:
        """Return cells.

        Parameters
        ----------
        runs
            First cell, and the one after the last, of each run of cells to read.

        Raises
        ------
        ClearError
            When the file cannot be read.
        """
        runs = list(runs)
        lengths = [np.diff(self._starts[first : end + 1]) for first, end in runs]
        lengths = np.concatenate(lengths)
        found = []
        for file, kind in zip(self._files, self._types, strict=True):
            values = np.empty(lengths.sum(), kind)
            free = memoryview(values).cast("B")
            for first, end in runs:
                place, stop = (int(self._starts[cell]) * kind.itemsize for cell in (first, end))
                try:
                    file.seek(place)
                    got = file.readinto(free[: stop - place])
                except OSError as error:
                    raise ClearError(
                        f"The temporary copy of the cells cannot be read: {error}."
                    ) from error
                if got != stop - place:
                    raise ClearError("The temporary copy of the cells was cut off.")
                free = free[got:]
            found.append(values)
        return SparseCells(lengths, *found)

    def close(self) -> None:
        """Free the memory or the disk."""
        for file in self._files:
            file.close()


def _no_room(error: OSError) -> ClearError:
    return ClearError(
        f"The temporary copy of the cells cannot be written to {tempfile.gettempdir()}: {error}. "
        "It takes 6 bytes per non-zero value of the genes used; set the environment variable "
        "TMPDIR to a folder with that much space."
    )
