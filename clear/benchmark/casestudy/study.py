"""What the steps on the genes of a case study read: cells with a type, their counts."""

from pathlib import Path

import anndata
import numpy as np
import pandas as pd
from anndata import AnnData
from scipy import sparse

from clear.benchmark.casestudy.composition import named
from clear.benchmark.casestudy.declared import UNSURE
from clear.benchmark.methods.outputs import read_truth

TARGET = 10_000  # counts per cell after normalisation


def typed_cells(types: pd.DataFrame, truth: pd.DataFrame) -> pd.DataFrame:
    """Return ``type``, ``donor`` and ``status`` of each cell whose type is sure, by cell."""
    kind = named(types)
    kind = kind[kind != UNSURE]
    return truth.loc[kind.index, ["donor", "status"]].assign(type=kind)


def read_study(types: pd.DataFrame, folder: Path) -> tuple[AnnData, pd.DataFrame]:
    """Return the data of the cells whose type is sure, with their counts in ``X``, and the cells.

    Parameters
    ----------
    types
        ``types.tsv`` of an embedding.
    folder
        Where ``input.h5ad`` and ``truth.tsv`` of the dataset lie.
    """
    cells = typed_cells(types, read_truth(folder / "truth.tsv"))
    data = anndata.read_h5ad(folder / "input.h5ad")[cells.index]
    counts = sparse.csr_matrix(data.layers["counts"])
    return AnnData(counts, var=pd.DataFrame(index=data.var_names)), cells


def log_normalised(counts: sparse.csr_matrix) -> sparse.csr_matrix:
    """Return ln(1 + counts per 10,000 of the cell), cells x genes, whatever the recipe was."""
    x = sparse.csr_matrix(counts, dtype=np.float32, copy=True)
    totals = np.asarray(x.sum(axis=1), dtype=np.float64).ravel()
    x.data *= np.repeat(TARGET / np.maximum(totals, 1e-12), np.diff(x.indptr)).astype(np.float32)
    return x.log1p()
