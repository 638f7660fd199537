"""R matrices or data frames of genes x cells (.rda, .RData, .rds), without R."""

from pathlib import Path

import numpy as np
import pandas as pd
from anndata import AnnData
from rdata.parser import RObject

from clear.benchmark.data.readers import r_matrix
from clear.benchmark.data.readers.r_values import (
    class_name,
    frame,
    is_frame,
    items,
    row_names,
    vector,
)
from clear.benchmark.data.readers.rfile import open_r_file
from clear.errors import ClearError


def read_r_frames(
    files: dict[str, list[Path]], expression: str, cells: str | None = None
) -> AnnData:
    """Read a matrix or data frame of genes x cells, and a data frame of the cells.

    The files together hold the objects that are named; that of an ``.rds`` has the name of its
    file, without suffixes. Text columns of the expression belong to the genes; if its rows have no
    names, the first of them names the genes. Rows of ``cells`` are matched by their names; without
    names they are in the order of the cells.

    Returns
    -------
    AnnData
        ``X`` CSR (cells x genes), ``obs`` and ``var``.

    Raises
    ------
    ClearError
        A file cannot be read or lacks an object; an object is of another kind; genes or cells
        have no names; the data frame does not fit the cells.
    """
    objects = {}
    for path in files["matrix"]:
        for name, node in open_r_file(path).items():
            if name in objects:
                raise ClearError(f"{path} holds an object {name!r} that another file has as well.")
            objects[name] = node
    where = ", ".join(path.name for path in files["matrix"])
    node = _object(objects, expression, "expression", where)
    (values, genes, names), var = _expression(node, f"object {expression!r} of {where}")
    obs = pd.DataFrame(index=None if names is None else pd.Index(names, dtype=object))
    if cells is not None:
        table = _object(objects, cells, "cells", where)
        if not is_frame(table):
            raise ClearError(
                f"The object {cells!r} of {where} is no data frame but {class_name(table)}: "
                "correct `cells` in the card's reader_options."
            )
        obs = _matched(frame(table), names, values.shape[0], f"data frame {cells!r} of {where}")
    if genes is None or isinstance(obs.index, pd.RangeIndex):
        what = "genes" if genes is None else "cells"
        raise ClearError(f"The {what} of the object {expression!r} of {where} have no names.")
    return AnnData(values, obs=obs, var=var.set_axis(pd.Index(genes, dtype=object)))


def _object(objects: dict[str, RObject], name: str, option: str, where: str) -> RObject:
    if name not in objects:
        raise ClearError(
            f"{where} has no object {name!r}; it has: {', '.join(objects) or 'none'}. Correct "
            f"`{option}` in the card's reader_options."
        )
    return objects[name]


def _expression(node: RObject, what: str) -> tuple[r_matrix.Expression, pd.DataFrame]:
    """Return the matrix with its names, and the text columns of the genes."""
    if not is_frame(node):
        found = r_matrix.expression(node, what)
        return found, pd.DataFrame(index=range(found.values.shape[1]))
    columns = [(name, vector(column)) for name, column in items(node)]
    strange = [name for name, column in columns if column is None]
    if strange:
        raise ClearError(f"The column {strange[0]!r} of the {what} is neither numbers nor text.")
    texts = [(name, column) for name, column in columns if isinstance(column, list)]
    numbers = [(name, column) for name, column in columns if isinstance(column, np.ndarray)]
    if not numbers:
        raise ClearError(f"The {what} has no column of numbers: its columns would be the cells.")
    genes = row_names(node) or (texts[0][1] if texts else None)
    names = [name for name, _ in numbers]
    values = r_matrix.csr_of([column for _, column in numbers])
    return r_matrix.Expression(values, genes, names), pd.DataFrame(
        dict(texts), index=range(values.shape[1])
    )


def _matched(table: pd.DataFrame, names: list[str] | None, n: int, what: str) -> pd.DataFrame:
    """Return the rows of the cells, in their order."""
    if names is None or isinstance(table.index, pd.RangeIndex):
        if len(table) != n:
            raise ClearError(f"The {what} has {len(table)} rows for {n} cells, and no names.")
        return table if names is None else table.set_axis(pd.Index(names, dtype=object))
    missing = [name for name in names if name not in table.index]
    if missing:
        raise ClearError(
            f"The {what} has no row for {len(missing)} of {n} cells, the first is {missing[0]!r}; "
            f"its rows are named like {table.index[0]!r}."
        )
    return table.loc[names]
