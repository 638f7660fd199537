"""Entries of Matrix Market files, sorted by cell, as blocks of cells."""

from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
from scipy import sparse

from clear.benchmark.data.readers.mtx_file import Part
from clear.benchmark.data.readers.mtx_header import open_text
from clear.benchmark.data.readers.mtx_text import BOUNDARY, LINE, parse
from clear.benchmark.data.stream import Block
from clear.errors import ClearError

BLOCK = 2**23  # entries: about 100 MB while they are read
CHUNK = 2**22  # bytes of text at a time


def blocks(plan: list[Part], n_cells: int, n_genes: int, after: dict | None) -> Iterator[Block]:
    """Read blocks of about ``BLOCK`` entries and whole cells.

    ``after`` says where to resume, see :class:`clear.benchmark.data.stream.CellStream`.

    Yields
    ------
    Block
        The next cells.

    Raises
    ------
    ClearError
        As :func:`clear.benchmark.data.readers.mtx_parts.read_mtx_parts` says.
    """
    begin = after["cell"] if after else 0
    if begin == n_cells:
        return
    # A block may be almost full when its last cell begins, and that cell may have every gene.
    cells, genes = (np.empty(BLOCK + n_genes, dtype=np.int32) for _ in range(2))
    values = np.empty(BLOCK + n_genes, dtype=np.float32)
    filled, last = 0, begin - 1

    def matrix(end: int) -> sparse.csr_matrix:
        sizes = np.bincount(cells[:filled] - begin, minlength=end - begin)
        indptr = np.concatenate([[0], np.cumsum(sizes)])
        entries = values[:filled].copy(), genes[:filled].copy(), indptr
        return sparse.csr_matrix(entries, shape=(end - begin, n_genes))

    for number in range(after["part"] if after else 0, len(plan)):
        part = plan[number]
        place = dict(after) if after and after["part"] == number else part.begin(number)
        limits = np.array([part.cells, n_genes])
        with open_text(part.path) as file:
            file.seek(place["byte"])  # gzip decompresses what comes before; it is not parsed again
            for text in _whole_lines(file):
                at, characters = 0, np.frombuffer(text, dtype=np.uint8)
                while at < len(text):
                    before = filled
                    at, filled, last, reason = parse(
                        *(characters, at, part.rows, limits, part.offset, BLOCK),
                        *(cells, genes, values, filled, last),
                    )
                    place["line"] += filled - before
                    place["entries"] += filled - before
                    if reason == BOUNDARY:
                        spot = {"byte": place["byte"] + at, "cell": last + 1}
                        yield Block(matrix(last + 1), place | spot)
                        filled, begin = 0, last + 1
                    elif reason == LINE:
                        end = text.index(b"\n", at) + 1
                        entry = part.entry(text[at:end], place["line"], last, n_genes)
                        if entry and filled == len(cells):
                            raise ClearError(
                                f"{part.path}, line {place['line']}: cell "
                                f"{last - part.offset + 1} has more entries than there are genes."
                            )
                        if entry:
                            with np.errstate(over="ignore"):  # infinite values are refused later
                                cells[filled], genes[filled], values[filled] = entry
                            filled, last = filled + 1, entry[0]
                            place["entries"] += 1
                        at, place["line"] = end, place["line"] + 1
                place["byte"] += len(text)
        if place["entries"] != part.header.entries:
            raise ClearError(
                f"{part.path} has {place['entries']} entries, but its header says "
                f"{part.header.entries}. Is the file damaged? Get it again."
            )
    yield Block(matrix(n_cells), place | {"cell": n_cells})


def _whole_lines(file: BinaryIO) -> Iterator[bytes]:
    """Yield the text in pieces of whole lines; a missing last newline is added."""
    rest = b""
    while chunk := file.read(CHUNK):
        head, end, tail = chunk.rpartition(b"\n")
        if end:
            yield rest + head + end
            rest = tail
        elif len(rest) > CHUNK:  # not this format: no line of it is that long
            break
        else:
            rest += chunk
    if rest:
        yield rest + b"\n"
