"""One of the Matrix Market files that make up a matrix."""

import re
from dataclasses import dataclass
from pathlib import Path

from clear.benchmark.data.readers.mtx_header import Header
from clear.errors import ClearError

ENTRY = re.compile(rb"\s*(\d+)\s+(\d+)\s+([-+.\dA-Za-z]+)\s*")


@dataclass(frozen=True)
class Part:
    """A file and its place in the whole.

    Attributes
    ----------
    path, header
        The file, and what its header says.
    rows
        Whether its rows are the cells.
    cells
        Number of its cells.
    offset
        Number of the cells before its first one.
    """

    path: Path
    header: Header
    rows: bool
    cells: int
    offset: int

    def begin(self, number: int) -> dict:
        """Return the place of the first entry; ``number`` is the part's own."""
        header = self.header
        return {"part": number, "byte": header.size, "line": header.lines + 1, "entries": 0}

    def entry(
        self, line: bytes, number: int, last: int, n_genes: int
    ) -> tuple[int, int, float] | None:
        """Read a line that the fast parser refused, or say what is wrong with it.

        ``last`` is the cell of the entry before, from 0.

        Returns
        -------
        tuple or None
            Cell and gene, from 0, and value; None for an empty line.
        """
        if not line.strip():
            return None
        where, shown = f"{self.path}, line {number}", line[:60].decode("latin-1").strip()
        found = ENTRY.fullmatch(line)
        try:
            row, column, value = int(found[1]), int(found[2]), float(found[3])
        except (TypeError, ValueError):
            raise ClearError(
                f"{where}: {shown!r} is not an entry of the form 'row column value'. Is the file "
                "damaged? Get it again."
            ) from None
        cell, gene = (row, column) if self.rows else (column, row)
        if not (1 <= cell <= self.cells and 1 <= gene <= n_genes):
            raise ClearError(
                f"{where}: {shown!r} is outside the matrix of {self.header.rows} rows and "
                f"{self.header.columns} columns. Is the file damaged? Get it again."
            )
        cell += self.offset - 1
        if cell < last:
            raise ClearError(
                f"{where}: the entries are not sorted by cell, {shown!r} comes after cell "
                f"{last - self.offset + 1}. A matrix larger than memory can only be read in that "
                f"order: list the parts in theirs, and sort lines by their "
                f"{'first' if self.rows else 'second'} number."
            )
        return cell, gene - 1, value
