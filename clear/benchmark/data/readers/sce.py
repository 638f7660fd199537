"""Bioconductor SingleCellExperiment files (.rds, .rda) without R."""

from pathlib import Path

import numpy as np
import pandas as pd
from anndata import AnnData

from clear.benchmark.data.readers.r_experiment import experiment
from clear.benchmark.data.readers.r_matrix import expression
from clear.benchmark.data.readers.rfile import open_r_file
from clear.errors import ClearError

ASSAY_OF_UNIT = {"counts": "counts", "log1p": "logcounts", "log2p1": "logcounts"}
# The names that scater, DropletUtils, biomaRt and AnnotationDbi use, best first.
GENE_COLUMNS = {
    "gene_symbol": (
        *("gene_symbol", "feature_symbol", "symbol", "gene_name", "external_gene_name"),
        *("gene_short_name", "hgnc_symbol", "mgi_symbol"),
    ),
    "gene_id": ("gene_id", "ensembl_gene_id", "ensembl", "ensembl_id", "id"),
}


def read_sce(files: dict[str, list[Path]], unit: str, assay: str | None = None) -> AnnData:
    """Read one assay of a SingleCellExperiment, or of its predecessor SCESet.

    Of an ``.rda`` the first such object is read. The unit decides the assay if none is named:
    ``counts``, ``logcounts``, or ``normcounts`` for linear units that are not counts.

    Returns
    -------
    AnnData
        ``X`` CSR (cells x genes), ``obs`` from ``colData``, ``var`` with the text columns of
        ``rowData``; columns known to hold symbols or identifiers also as ``gene_symbol`` and
        ``gene_id``, where the row's name replaces a missing value. Genes without row names are
        named by their symbols.

    Raises
    ------
    ClearError
        The file holds no such object, the object has no such assay, or its genes or cells have
        no names.
    """
    (path,) = files["matrix"]
    found = [parts for node in open_r_file(path).values() if (parts := experiment(node))]
    if not found:
        raise ClearError(f"{path} holds no Bioconductor SingleCellExperiment object.")
    assays, obs, var = found[0]
    assay = assay or ASSAY_OF_UNIT.get(unit, "normcounts")
    if assay not in assays:
        raise ClearError(
            f"{path} has no assay {assay!r}; it has: {', '.join(assays)}. Name one of them in the "
            "dataset card, as `reader_options: {assay: ...}`."
        )
    values, genes, cells = expression(assays[assay], f"assay {assay!r} of {path}")
    obs = _named(obs, cells, f"cells of {path}")
    return AnnData(values, obs=obs, var=_genes(var, genes, path))


def _genes(var: pd.DataFrame, names: list[str] | None, path: Path) -> pd.DataFrame:
    var = var[[column for column in var if var[column].dtype == object]]
    known = {str(column).lower(): column for column in reversed(var.columns)}
    columns = {
        ours: var[known[next(name for name in theirs if name in known)]]
        for ours, theirs in GENE_COLUMNS.items()
        if known.keys() & set(theirs)
    }
    if names is None and "gene_symbol" in columns:
        names = columns["gene_symbol"].fillna("").tolist()
    var = _named(var, names, f"genes of {path}")
    for name, column in columns.items():
        var[name] = np.where(column.notna(), column, var.index)
    return var


def _named(table: pd.DataFrame, names: list[str] | None, what: str) -> pd.DataFrame:
    """Return the table with names: its own, or else the given ones."""
    if not isinstance(table.index, pd.RangeIndex):
        return table.copy()
    if names is None:
        raise ClearError(f"The {what} have no names in the file.")
    return table.set_axis(pd.Index(names, dtype=object))
