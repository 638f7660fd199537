"""Matrix Market files that exceed memory, in one or several parts, as a stream of cells."""

from functools import partial
from itertools import accumulate
from pathlib import Path

import numpy as np
import pandas as pd

from clear.benchmark.data.readers.mtx_blocks import blocks
from clear.benchmark.data.readers.mtx_file import Part
from clear.benchmark.data.readers.mtx_header import Header, read_header, read_names
from clear.benchmark.data.stream import CellStream
from clear.errors import ClearError


def read_mtx_parts(files: dict[str, list[Path]], parts: str = "cells") -> CellStream:
    """Open a matrix whose entries are sorted by cell; only headers and names are read.

    Whether cells are in rows or in columns follows from the numbers of names; columns if both fit.

    The list of genes has one column or, as 10x Genomics has it, ``gene_id`` and ``gene_symbol``
    (which is then the name); there is one list of all cells, or one for each part.

    Raises
    ------
    ClearError
        A file is missing or not of this format; headers and lists do not fit each other. Later,
        from the stream: damaged text; entries that are not numbers, are outside the matrix, are
        not sorted by cell, or are more or fewer than the header says.
    """
    _check_call(files, parts)
    paths = files["matrix"]
    headers = [read_header(path) for path in paths]
    lists = [read_names(path) for path in files["barcodes"]]
    genes = read_names(files["features"][0])
    obs = pd.DataFrame(index=pd.Index(np.concatenate([names[0] for names in lists])))
    if genes.shape[1] == 1:
        var = pd.DataFrame(index=pd.Index(genes[0].to_numpy()))
    else:
        columns = {"gene_id": genes[0].to_numpy(), "gene_symbol": genes[1].to_numpy()}
        var = pd.DataFrame(columns, index=pd.Index(genes[1].to_numpy()))
    rows = _rows(paths, headers, parts, [len(names) for names in lists], len(var))
    sizes = [header.rows if rows else header.columns for header in headers]
    offsets = [0] * len(paths) if parts == "whole" else [0, *accumulate(sizes)][:-1]
    plan = [
        Part(path, header, rows, size, offset)
        for path, header, size, offset in zip(paths, headers, sizes, offsets, strict=True)
    ]
    return CellStream(obs, var, partial(blocks, plan, len(obs), len(var)))


def _check_call(files: dict[str, list[Path]], parts: str) -> None:
    for role in ("features", "barcodes"):
        if role not in files:
            raise ClearError(
                f"Reader 'mtx_parts' needs a file with the role {role!r}: give one of `files` in "
                "the card that role."
            )
    if len(files["features"]) > 1:
        names = ", ".join(path.name for path in files["features"])
        raise ClearError(f"Reader 'mtx_parts' needs one list of genes; the card has: {names}.")
    if parts not in ("cells", "whole"):
        raise ClearError(f"`parts` is {parts!r}; it may be cells or whole.")


def _rows(
    paths: list[Path],
    headers: list[Header],
    parts: str,
    lists: list[int],
    n_genes: int,
) -> bool:
    """Say whether cells are in rows; refuse headers that do not fit the lists."""

    def fits(rows: bool) -> bool:
        sizes = [(h.rows, h.columns) if rows else (h.columns, h.rows) for h in headers]
        cells = [size for size, _ in sizes]
        if any(genes != n_genes for _, genes in sizes):
            return False
        if parts == "whole":
            return set(cells) == {sum(lists)} and len(lists) == 1
        return cells == lists if len(lists) > 1 else sum(cells) == lists[0]

    for rows in (False, True):
        if fits(rows):
            return rows
    found = "; ".join(
        f"{path.name}: {header.rows} rows, {header.columns} columns"
        for path, header in zip(paths, headers, strict=True)
    )
    raise ClearError(
        f"The matrix and the lists of names do not fit: {found}; but {n_genes} genes and "
        f"{' + '.join(map(str, lists))} cells have names (parts: {parts}). "
        "A list may have a line too many (a title), the option `parts` may be wrong (`cells` of "
        "its own in each part, or the `whole` dimensions in all), or a file is not of this dataset."
    )
