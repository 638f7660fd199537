"""CSV and TSV tables, cells x genes or genes x cells, one or several."""

import re
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pandas as pd
from anndata import AnnData
from scipy import sparse

from clear.benchmark.data.archives.archives import describe, members
from clear.benchmark.data.readers.joined import Sample, join_samples
from clear.benchmark.data.readers.text import TextTable, nonzero
from clear.errors import ClearError


def read_table(
    files: dict[str, list[Path]],
    genes_in: str | None = None,
    cell: str | None = None,
    gene: str | None = None,
    columns: list[str] | None = None,
    separator: str | None = None,
    decimal: str = ".",
    pattern: str | None = None,
) -> AnnData:
    """Read expression from text tables, row by row; zeros take no memory.

    Returns
    -------
    AnnData
        ``X`` CSR (cells x genes), float32. The cells of several tables are put below each other,
        with the genes that all have. ``obs["sample"]`` names the table, by the pattern or else by
        its file. If a cell's name is in several tables, all names get the sample's name and ``_``
        as a prefix. The other groups of the pattern are columns of ``obs``.

    Raises
    ------
    ClearError
        An option is missing, wrong or names no column; a table is empty, incomplete or has rows
        of different lengths; a field is not a number (the message names row and column); tables
        cannot be joined.
    """
    _check(genes_in, cell, gene, decimal)
    columns = [columns] if isinstance(columns, str) else list(columns or [])
    samples = []
    for name, stream in members(files["matrix"], pattern):
        label, described = describe(name, pattern)
        row_names, column_names, matrix = _read(
            stream, separator, decimal, gene if genes_in == "rows" else cell, columns, genes_in
        )
        if genes_in == "rows":
            obs, var, matrix = column_names, row_names, matrix.T.tocsr()
        else:
            obs, var = row_names, column_names
        data = AnnData(matrix, obs.assign(**described), var)
        samples.append(Sample(label, stream.name, data, data.var_names))
    return join_samples(samples, "inner", prefix=False) if len(samples) > 1 else samples[0].data


def _check(genes_in: str | None, cell: str | None, gene: str | None, decimal: str) -> None:
    where = "in the card's reader_options."
    if decimal not in (".", ","):
        raise ClearError(f"`decimal` is {decimal!r}: say '.' or ',' {where}")
    if genes_in not in ("rows", "columns"):
        raise ClearError(
            f"Reader 'table' must know where the genes are, not {genes_in!r}: say "
            f"`genes_in: rows` or `genes_in: columns` {where}"
        )
    needless, named = ("cell", cell) if genes_in == "rows" else ("gene", gene)
    if named is not None:
        raise ClearError(
            f"Reader 'table' takes the names of {needless}s from the header where genes are in "
            f"{genes_in}: leave out `{needless}` {where}"
        )


def _read(
    stream: BinaryIO,
    separator: str | None,
    decimal: str,
    name: str | None,
    columns: list[str],
    genes_in: str,
) -> tuple[pd.DataFrame, pd.DataFrame, sparse.csr_matrix]:
    """Return the tables of the rows and of the columns, and the matrix."""
    table = TextTable(stream, separator)
    key = 0 if name is None else table.position(name, "gene" if genes_in == "rows" else "cell")
    text = {column: table.position(column, "columns") for column in columns}
    values = [i for i in range(len(table.header)) if i not in (key, *text.values())]
    if not values:
        raise ClearError(
            f"{table.where}: no column is left for the matrix. Name fewer under `columns` in the "
            "card's reader_options."
        )
    names, known, found = [], [], []
    for row in table.rows():
        names.append(row[key])
        known.append([row[i] for i in text.values()])
        fields = [row[i] for i in values]
        if decimal != ".":
            fields = [field.replace(decimal, ".") for field in fields]
        found.append(nonzero(fields, lambda i, r=row: _no_number(table, r, key, values[i])))
    starts = np.cumsum([0, *(len(places) for places, _ in found)])
    arrays = [np.concatenate(parts) for parts in zip(*found, strict=True)]
    shape = (len(names), len(values))
    return (
        pd.DataFrame(known, columns=list(text), index=pd.Index(names, dtype=object)),
        pd.DataFrame(index=pd.Index(table.header, dtype=object)[values]),
        sparse.csr_matrix((arrays[1], arrays[0], starts), shape),
    )


def _no_number(table: TextTable, row: list[str], key: int, column: int) -> ClearError:
    comma = re.fullmatch(r"-?\d+,\d+", row[column])
    remedy = "If the comma is the decimal sign, say `decimal: ','` in the card's reader_options."
    return table.no_number(row[key], column, row[column], remedy if comma else "")
