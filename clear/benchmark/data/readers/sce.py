"""Bioconductor SingleCellExperiment files (.rds, .rda) without R."""

from pathlib import Path

import numpy as np
import pandas as pd
from anndata import AnnData
from rdata.parser import RObject
from scipy import sparse

from clear.benchmark.data.readers.rfile import (
    named_list,
    open_r_file,
    pairs,
    resolve,
    slots,
    vector,
)
from clear.errors import ClearError

ASSAY_OF_UNIT = {"counts": "counts", "log1p": "logcounts", "log2p1": "logcounts"}


def read_sce(files: dict[str, list[Path]], unit: str, assay: str | None = None) -> AnnData:
    """Read one assay of a SingleCellExperiment.

    Parameters
    ----------
    files
        ``matrix``: the ``.rds`` or ``.rda`` file; of an ``.rda``, the first such object is read.
    unit
        Unit of the dataset; decides the assay where none is named: ``counts``, ``logcounts``,
        or ``normcounts`` for linear units that are not counts.
    assay
        Name of the assay.

    Returns
    -------
    AnnData
        ``X`` CSR (cells x genes), ``obs`` from ``colData``, names of the cells and genes.

    Raises
    ------
    ClearError
        The file holds no such object, the object has no such assay, or its genes or cells have
        no names.
    """
    (path,) = files["matrix"]
    experiments = [slots(node) for node in open_r_file(path)]
    experiments = [parts for parts in experiments if {"assays", "colData"} <= parts.keys()]
    if not experiments:
        raise ClearError(f"{path} holds no Bioconductor SingleCellExperiment object.")
    parts = experiments[0]
    assays = _assays(parts["assays"])
    assay = assay or ASSAY_OF_UNIT.get(unit, "normcounts")
    if assay not in assays:
        raise ClearError(
            f"{path} has no assay {assay!r}; it has: {', '.join(assays)}. Name one of them in the "
            "dataset card, as `reader_options: {assay: ...}`."
        )
    matrix, genes, cells = _matrix(assays[assay], f"assay {assay!r} of {path}")
    columns = parts["colData"]
    cells = vector(slots(columns).get("rownames")) or cells
    genes = _gene_names(parts) or genes
    if genes is None or cells is None:
        raise ClearError(f"{path} holds no names of its {'cells' if genes else 'genes'}.")
    values = {name: vector(node) for name, node in named_list(columns).items()}
    usable = {name: column for name, column in values.items() if column is not None}
    obs = pd.DataFrame(usable, index=pd.Index(cells, dtype=object))
    return AnnData(matrix, obs=obs, var=pd.DataFrame(index=pd.Index(genes, dtype=object)))


def _assays(node: RObject) -> dict[str, RObject]:
    if "data" in slots(node):
        return named_list(slots(node)["data"])
    # Older Bioconductor versions keep the list in the environment of a reference class.
    environment = resolve(slots(node)[".xData"]).value
    for bucket in [environment.frame, *environment.hash_table.value]:
        for name, value in pairs(bucket).items():
            if name in ("data", ".->data") and "listData" in slots(value):
                return named_list(value)
    return {}


def _matrix(node: RObject, what: str) -> tuple[sparse.csr_matrix, list | None, list | None]:
    """Convert a genes x cells matrix, dense or ``dgCMatrix``, to cells x genes with its names."""
    parts = slots(node)
    if {"i", "p", "x", "Dim"} <= parts.keys():
        genes, cells = parts["Dim"].value
        # The columns of R's compressed matrix are the rows of its transpose.
        arrays = tuple(np.asarray(parts[name].value) for name in ("x", "i", "p"))
        matrix = sparse.csr_matrix(arrays, shape=(cells, genes))
        names = parts["Dimnames"]
    elif "dim" in parts and vector(node) is not None:
        matrix = sparse.csr_matrix(vector(node).reshape(parts["dim"].value, order="F").T)
        names = parts.get("dimnames")
    else:
        kind = vector(parts.get("class")) or ["object without a class"]
        raise ClearError(
            f"The {what} is not a matrix that can be read ({kind[0]}): only dense matrices and "
            "dgCMatrix can. Name another assay in the card (`reader_options`)."
        )
    genes, cells = [vector(resolve(n)) for n in names.value] if names else (None, None)
    return matrix, genes, cells


def _gene_names(parts: dict[str, RObject]) -> list[str] | None:
    """Find the row names of the object, which come before those of its matrices."""
    ranges = slots(parts["rowRanges"]) if "rowRanges" in parts else {}
    row_data = ranges.get("elementMetadata") or parts.get("elementMetadata")
    holders = [slots(ranges[name]) for name in ("partitioning", "ranges") if name in ranges]
    for holder in [parts, *holders]:
        names = vector(holder.get("NAMES"))
        if names:
            return names
    columns = named_list(row_data) if row_data else {}
    return vector(slots(row_data).get("rownames")) or vector(columns.get("feature_symbol"))
