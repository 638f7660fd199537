"""Archives of one table per cell, as GEO's RAW tars often are."""

from pathlib import Path
from typing import BinaryIO

import numpy as np
import pandas as pd
from anndata import AnnData
from scipy import sparse

from clear.benchmark.data.archives.archives import describe, members
from clear.benchmark.data.readers.text import TextTable, nonzero
from clear.errors import ClearError


def read_cell_tables(
    files: dict[str, list[Path]],
    gene: str,
    value: str,
    pattern: str | None = None,
) -> AnnData:
    """Read one column from each of many tables, which becomes one cell each.

    ``gene`` is ``""`` for row names that R wrote without a header.

    Returns
    -------
    AnnData
        ``X`` CSR (cells x genes), float32. Cells are in the order of the archive, named by the
        pattern or else by their files; the other groups of the pattern are in ``obs``. Genes are
        in the order of the first table; tables in another order are sorted to match.

    Raises
    ------
    ClearError
        An option names no column; a field is not a number; tables differ in their
        genes, or in the order of genes that occur more than once.
    """
    cells, described, rows, genes, first = [], [], [], None, ""
    for name, stream in members(files["matrix"], pattern):
        expression = _expression(stream, gene, value)
        if genes is None:
            genes, first = expression.index, stream.name
        elif not expression.index.equals(genes):
            expression = _in_order(expression, genes, stream.name, first)
        rows.append(sparse.csr_matrix(expression.to_numpy()))
        cell, columns = describe(name, pattern)
        cells.append(cell)
        described.append(columns)
    obs = pd.DataFrame(described, index=pd.Index(cells, dtype=object))
    return AnnData(sparse.vstack(rows, "csr"), obs=obs, var=pd.DataFrame(index=genes))


def _expression(stream: BinaryIO, gene: str, value: str) -> pd.Series:
    table = TextTable(stream)
    at_gene, at_value = table.position(gene, "gene"), table.position(value, "value")
    pairs = [(row[at_gene], row[at_value]) for row in table.rows()]
    genes, fields = map(list, zip(*pairs, strict=True))
    places, values = nonzero(fields, lambda i: table.no_number(genes[i], at_value, fields[i]))
    expression = np.zeros(len(genes), dtype=np.float32)
    expression[places] = values
    return pd.Series(expression, index=pd.Index(genes, dtype=object))


def _in_order(expression: pd.Series, genes: pd.Index, where: str, first: str) -> pd.Series:
    found = expression.index
    differing = found.symmetric_difference(genes)
    if len(differing) or len(found) != len(genes):
        example = f", such as {differing[0]!r}" if len(differing) else ""
        raise ClearError(
            f"{where} has other genes than {first}: {len(found)} rows, there {len(genes)}; "
            f"{len(differing)} genes are in one of them only{example}. Tables of cells must have "
            "the same genes: leave it out by `pattern` in the card's reader_options."
        )
    if not genes.is_unique:
        twice = genes[genes.duplicated()]
        raise ClearError(
            f"{where} has its genes in another order than {first}, and as some occur more than "
            f"once, such as {twice[0]!r}, they cannot be matched. Leave it out by `pattern` in the "
            "card's reader_options."
        )
    return expression.loc[genes]
