"""The genes that a model uses, and matching them in other data."""

import logging

import numpy as np
import pandas as pd
from anndata import AnnData

from clear.errors import ClearError

log = logging.getLogger("clear")

MAX_MISSING_GENES = 0.2


def marked_genes(adata: AnnData, genes: pd.Index) -> pd.Index | None:
    """Return those of ``genes`` that are marked as highly variable; None without the column.

    Raises
    ------
    ClearError
        When ``var["highly_variable"]`` is not True or False for every gene, or marks none.
    """
    if "highly_variable" not in adata.var:
        return None
    marked = adata.var["highly_variable"]
    if marked.dtype.kind != "b" or marked.isna().any():
        found = "missing values" if marked.isna().any() else f"values of type {marked.dtype}"
        raise ClearError(
            f"adata.var['highly_variable'] holds {found}; it must hold True or False for every "
            "gene. Correct the column (.fillna(False).astype(bool)) or remove it."
        )
    found = genes.intersection(adata.var_names[marked.to_numpy(dtype=bool)], sort=False)
    if not len(found):
        raise ClearError(
            "adata.var['highly_variable'] marks no gene; mark some, or remove the column."
        )
    return found


def check_unique(genes: pd.Index) -> None:
    """Raise a ClearError when gene names occur twice."""
    if not genes.is_unique:
        twice = genes[genes.duplicated()][0]
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
