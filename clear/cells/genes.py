"""The genes that a model uses, and matching them in other data."""

import logging

import numpy as np
import pandas as pd
from anndata import AnnData

from clear.errors import ClearError

log = logging.getLogger("clear")

MAX_MISSING_GENES = 0.2


def genes_to_use(adata: AnnData) -> pd.Index:
    """Return the names of the highly variable genes, or of all where none are marked.

    Raises
    ------
    ClearError
        When gene names occur twice, or ``var["highly_variable"]`` marks nothing.
    """
    check_unique(adata)
    if "highly_variable" not in adata.var:
        return adata.var_names
    marked = adata.var["highly_variable"]
    if marked.dtype.kind != "b":
        raise ClearError(
            f"adata.var['highly_variable'] is of type {marked.dtype}; it must hold True or False."
        )
    if not marked.any():
        raise ClearError(
            "adata.var['highly_variable'] marks no gene; mark some, or remove the column."
        )
    return adata.var_names[marked.to_numpy()]


def check_unique(adata: AnnData) -> None:
    """Raise a ClearError when gene names occur twice."""
    if not adata.var_names.is_unique:
        twice = adata.var_names[adata.var_names.duplicated()][0]
        raise ClearError(
            f"Gene names must be unique, but {twice!r} occurs more than once; "
            "call adata.var_names_make_unique()."
        )


def report_missing(genes: np.ndarray, columns: np.ndarray) -> None:
    """Warn about genes that a model was trained on and other data do not have.

    A column is -1 where the gene is missing.

    Raises
    ------
    ClearError
        When more than ``MAX_MISSING_GENES`` of them are missing.
    """
    missing = genes[columns < 0]
    if not len(missing):
        return
    names = ", ".join(missing[:5]) + (", ..." if len(missing) > 5 else "")
    text = f"{len(missing)} of the {len(genes)} trained genes are missing: {names}"
    if len(missing) / len(genes) > MAX_MISSING_GENES:
        raise ClearError(
            f"{text}. At most {MAX_MISSING_GENES:.0%} may be; check that both data sets "
            "use the same kind of gene names."
        )
    log.warning("%s. They count as not expressed.", text)
