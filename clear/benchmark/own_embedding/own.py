"""The user's embedding and labels, out of a file, with all that can be wrong with them."""

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import sparse

from clear.benchmark.methods.outputs import LARGEST
from clear.benchmark.settings import nearest
from clear.clusters import LEAST_CELLS
from clear.errors import ClearError
from clear.files.h5ad import open_h5ad


@dataclasses.dataclass(frozen=True)
class Own:
    """An embedding of the user's and what its cells are.

    Attributes
    ----------
    source
        What it is, in words.
    name
        Its key in ``obsm``.
    values
        Cells x dimensions, finite.
    truth
        Indexed by the cells' names: ``cell_type`` and, where asked for, ``batch``, as text.
    remarks
        Sentences for the reader of the scores.
    dataset, recipe
        The dataset of a run that has these cells, and how it was prepared; None without a run.
    """

    source: str
    name: str
    values: np.ndarray
    truth: pd.DataFrame
    remarks: tuple[str, ...] = ()
    dataset: str | None = None
    recipe: str | None = None


def read_own(path: Path, obsm: str, label: str, batch: str | None) -> Own:
    """Read ``obsm[obsm]``, ``obs[label]`` and ``obs[batch]`` of an ``.h5ad``.

    Cells without a label are left out, which a remark says.

    Raises
    ------
    ClearError
        When there is no such file, key or column; the embedding is no matrix of finite numbers,
        or the same for all cells; fewer than three cells or two types have a label; a labelled
        cell has no batch.
    """
    adata = open_h5ad(path)
    values = _matrix(_element(path, "obsm", adata.obsm, obsm), f"{path}: obsm[{obsm!r}]")
    labels = _texts(_element(path, "obs", adata.obs, label))
    labelled = (labels != "").to_numpy()
    truth = pd.DataFrame({"cell_type": labels[labelled]})
    truth.index = adata.obs_names[labelled].astype(str)
    column = f"{path}: obs[{label!r}]"
    if len(truth) < LEAST_CELLS:
        raise ClearError(
            f"{column} has a label for {len(truth)} cells; scores need {LEAST_CELLS} or more."
        )
    if truth["cell_type"].nunique() == 1:
        raise ClearError(
            f"{column} has one type only, {truth['cell_type'].iloc[0]!r}; scores need two or more. "
            "Choose another column with --label."
        )
    if batch:
        batches = _texts(_element(path, "obs", adata.obs, batch))[labelled]
        if without := int((batches == "").sum()):
            raise ClearError(f"{path}: obs[{batch!r}] has no batch for {without:,} labelled cells.")
        truth["batch"] = batches.to_numpy()
    _check(values[labelled], truth.index, f"{path}: obsm[{obsm!r}]")
    left_out = int((~labelled).sum())
    remarks = (f"{left_out:,} cells without a label are left out.",) if left_out else ()
    source = f"{path.name}: obsm[{obsm!r}], types of obs[{label!r}]"
    return Own(source, obsm, values[labelled], truth, remarks)


def _element(path: Path, table: str, found, name: str):
    if name not in found:
        raise ClearError(f"{path} has no {table}[{name!r}].{nearest(name, found)}")
    return found[name]


def _matrix(value, where: str) -> np.ndarray:
    if isinstance(value, pd.DataFrame):
        value = value.to_numpy()
    value = value.toarray() if sparse.issparse(value) else np.asarray(value)
    if value.ndim != 2 or value.shape[1] == 0:
        raise ClearError(
            f"{where} has the shape {value.shape}; an embedding is cells x dimensions."
        )
    if value.dtype.kind not in "fiub":
        raise ClearError(f"{where} holds {value.dtype}, not numbers.")
    return value.astype(np.float64)


def _texts(column: pd.Series) -> pd.Series:
    """Return a column as text; what is missing or blank is empty."""
    return column.astype(object).where(column.notna(), "").astype(str).str.strip()


def _check(values: np.ndarray, cells: pd.Index, where: str) -> None:
    for bad, what in (
        (~np.isfinite(values), "NaN or infinite values"),
        (np.abs(values) > LARGEST, f"values above {LARGEST:.0e}, whose distances overflow,"),
    ):
        rows = np.flatnonzero(bad.any(axis=1))
        if len(rows):
            raise ClearError(
                f"{where} has {what} for {len(rows):,} of {len(cells):,} cells, the first is "
                f"{cells[rows[0]]}; train it again or leave these cells out."
            )
    if (values == values[0]).all():
        raise ClearError(
            f"{where} is the same for all {len(cells):,} cells, so that nothing tells them apart; "
            "train it again or name another one with --obsm."
        )
