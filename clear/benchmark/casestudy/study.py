"""What the steps on the genes of a case study read: cells with a type, their counts."""

from pathlib import Path

import numpy as np
import pandas as pd
from anndata import AnnData
from anndata.abc import CSRDataset
from scipy import sparse

from clear.benchmark.casestudy.composition import named
from clear.benchmark.casestudy.declared import UNSURE
from clear.benchmark.methods.outputs import read_truth
from clear.cells.matrix import BLOCK_CELLS
from clear.files.h5ad import open_expression

TARGET = 10_000  # counts per cell after normalisation


def typed_cells(types: pd.DataFrame, truth: pd.DataFrame) -> pd.DataFrame:
    """Return ``type``, ``donor`` and ``status`` of each cell whose type is sure, by cell."""
    kind = named(types)
    kind = kind[kind != UNSURE]
    return truth.loc[kind.index, ["donor", "status"]].assign(type=kind)


def read_study(types: pd.DataFrame, folder: Path) -> tuple[AnnData, pd.DataFrame]:
    """Return the data of the cells whose type is sure, with their counts in ``X``, and the cells.

    Both are in the order of ``input.h5ad``. Memory is that of the counts, eight bytes a value.

    Parameters
    ----------
    types
        ``types.tsv`` of an embedding.
    folder
        Where ``input.h5ad`` and ``truth.tsv`` of the dataset lie.
    """
    cells = typed_cells(types, read_truth(folder / "truth.tsv"))
    data = open_expression(folder / "input.h5ad", obs=True)
    sure = data.obs_names.isin(cells.index)
    counts = _read_rows(data.layers["counts"], sure)
    return AnnData(counts, var=pd.DataFrame(index=data.var_names)), cells.loc[data.obs_names[sure]]


def _read_rows(matrix: CSRDataset, chosen: np.ndarray) -> sparse.csr_matrix:
    """Read some rows in blocks: taking them from the whole matrix would hold it twice."""
    ends = np.append(0, np.diff(matrix.group["indptr"][:])[chosen].cumsum())
    stored = matrix.group["data"], matrix.group["indices"]
    values, columns = (np.empty(ends[-1], part.dtype) for part in stored)
    done = 0
    for start in range(0, len(chosen), BLOCK_CELLS):
        rows = slice(start, min(start + BLOCK_CELLS, len(chosen)))
        block = matrix[rows][chosen[rows]]
        part = slice(done, done + block.nnz)
        values[part], columns[part] = block.data, block.indices
        done += block.nnz
    return sparse.csr_matrix((values, columns, ends), (chosen.sum(), matrix.shape[1]))


def log_normalised(counts: sparse.csr_matrix) -> sparse.csr_matrix:
    """Return ln(1 + counts per 10,000 of the cell), cells x genes, whatever the recipe was."""
    x = sparse.csr_matrix(counts, dtype=np.float32, copy=True)
    totals = np.asarray(x.sum(axis=1), dtype=np.float64).ravel()
    factors = (TARGET / np.maximum(totals, 1e-12)).astype(np.float32)
    x.data *= np.repeat(factors, np.diff(x.indptr))
    np.log1p(x.data, out=x.data)
    return x
