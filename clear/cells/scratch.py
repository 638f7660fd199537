"""A working copy of the expression that the training uses: sparse, by cells."""

import io
import tempfile
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from clear.errors import ClearError


class SparseCells(NamedTuple):
    """Some cells in compressed form.

    Attributes
    ----------
    lengths
        Number of genes other than zero, for each cell (int64).
    genes
        Their numbers, cell after cell (uint16 or int32).
    values
        Their expression (float32).
    """

    lengths: np.ndarray
    genes: np.ndarray
    values: np.ndarray


class Scratch:
    """Cells written once, one after the other, and then read in any order.

    Six bytes per value other than zero (eight with more than 65,536 genes). In a file, they
    lie in the system's folder for temporary files under no name, so that nothing is left
    whatever ends the process, and where memory is free the system keeps them there.

    Parameters
    ----------
    cells, genes
        How many there will be.
    in_memory
        Whether to keep them in memory instead.

    Raises
    ------
    ClearError
        When no file can be made.
    """

    def __init__(self, cells: int, genes: int, in_memory: bool):
        self.cells = cells
        self._starts = np.zeros(cells + 1, dtype=np.int64)
        self._written = 0
        self._types = np.dtype(np.uint16 if genes <= 2**16 else np.int32), np.dtype(np.float32)
        try:
            # Unbuffered: a failed write is then told once, by the write.
            self._files = [
                io.BytesIO() if in_memory else tempfile.TemporaryFile(buffering=0)  # noqa: SIM115
                for _ in self._types
            ]
        except OSError as error:
            raise _no_room(error) from error

    def append(self, block: np.ndarray) -> None:
        """Write the next cells.

        Parameters
        ----------
        block
            Cells x genes, dense, float32.

        Raises
        ------
        ClearError
            When the disk is full.
        """
        rows, genes = block.nonzero()
        lengths = np.bincount(rows, minlength=len(block))
        end = self._written + len(block)
        self._starts[self._written + 1 : end + 1] = self._starts[self._written] + lengths.cumsum()
        self._written = end
        for file, kind, values in zip(
            self._files, self._types, (genes, block[rows, genes]), strict=True
        ):
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
            First cell, and the one after the last, of each run of cells wanted.

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
                    raise ClearError(f"The working copy of the cells is lost: {error}.") from error
                if got != stop - place:
                    raise ClearError("The working copy of the cells is lost: it was cut off.")
                free = free[got:]
            found.append(values)
        return SparseCells(lengths, *found)

    def close(self) -> None:
        """Free the memory or the disk."""
        for file in self._files:
            file.close()


def _no_room(error: OSError) -> ClearError:
    return ClearError(
        f"The working copy of the cells cannot be written to {tempfile.gettempdir()}: {error}. "
        "It takes 6 bytes per value other than zero of the genes used; name a folder with that "
        "much room in the environment variable TMPDIR."
    )
