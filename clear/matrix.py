"""Expression matrices: what CLEAR accepts, checked and brought into one form."""

import numpy as np
import pandas as pd
from anndata import AnnData
from scipy import sparse

from clear.errors import ClearError

TARGET_SUM = 1e4
# The natural logarithm of 1 + x is below 50 for any x that was ever measured (and below 10
# after normalising to 10,000), and log-normalised values are hardly ever all whole numbers.
LARGEST_LOG = 50
LARGEST_BINARY = 2


def log_expression(adata: AnnData, layer: str | None) -> np.ndarray | sparse.csr_matrix:
    """Return all genes' log-normalised expression, checked.

    Parameters
    ----------
    adata
        Cells x genes. Sparse, dense or backed; integers or floats. Never changed.
    layer
        ``None``: ``adata.X``, which must be log-normalised. ``"counts"``: that layer, which
        holds counts (or other linear values) and is normalised here to 10,000 per cell, over
        all genes of ``adata``, and log1p-transformed; cells without counts stay zero. Any
        other layer is taken like ``adata.X``.

    Returns
    -------
    ndarray or csr_matrix
        Cells x genes.

    Raises
    ------
    ClearError
        On an absent or empty matrix, values that are not numbers, not finite or negative,
        and on values that look like raw counts where log-normalised ones are expected.
    """
    if not isinstance(adata, AnnData):
        raise ClearError(f"CLEAR works on an AnnData, not on a {type(adata).__name__}.")
    place = "adata.X" if layer is None else f"Layer {layer!r}"
    if layer is not None and layer not in adata.layers:
        there = ", ".join(adata.layers) or "none"
        raise ClearError(f"There is no layer {layer!r} (there: {there}).")
    matrix = adata.X if layer is None else adata.layers[layer]
    if matrix is None:
        raise ClearError(f"{place} is empty; store the log-normalised expression there.")
    if 0 in matrix.shape:
        raise ClearError(f"{place} has {matrix.shape[0]} cells and {matrix.shape[1]} genes.")
    if hasattr(matrix, "to_memory"):  # backed and sparse
        matrix = matrix.to_memory()
    matrix = matrix.tocsr() if sparse.issparse(matrix) else np.asarray(matrix)
    values = matrix.data if sparse.issparse(matrix) else matrix
    _check_values(values, place)
    if layer == "counts":
        return _normalise(matrix)
    _check_logged(values, place)
    return matrix


def _check_values(values: np.ndarray, place: str) -> None:
    if values.dtype.kind not in "buif":
        raise ClearError(f"{place} holds values of type {values.dtype}; numbers are needed.")
    if not np.isfinite(values).all():
        raise ClearError(f"{place} holds NaN or infinite values; remove them or set them to 0.")
    if values.size and values.min() < 0:
        raise ClearError(
            f"{place} holds negative values (least: {values.min():g}); CLEAR needs counts or "
            "log-normalised expression, not scaled or centred."
        )


def _check_logged(values: np.ndarray, place: str) -> None:
    largest = values.max(initial=0)
    whole = largest > LARGEST_BINARY and (values.dtype.kind in "bui" or (values % 1 == 0).all())
    if largest > LARGEST_LOG or whole:
        kind = "whole numbers" if whole else "values"
        raise ClearError(
            f"{place} does not look log-normalised ({kind} up to {largest:g}); normalise it "
            "(scanpy.pp.normalize_total, scanpy.pp.log1p), or put the counts into the layer "
            "'counts' and use layer='counts'."
        )


def _normalise(counts: np.ndarray | sparse.csr_matrix) -> np.ndarray | sparse.csr_matrix:
    """Scale each cell to the same total, then log1p."""
    totals = np.asarray(counts.sum(axis=1), dtype=np.float64).ravel()
    scale = TARGET_SUM / np.where(totals > 0, totals, 1)
    if sparse.issparse(counts):
        return sparse.csr_matrix(sparse.diags(scale) @ counts).log1p()
    return np.log1p(counts * scale[:, None])


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


def dense_columns(matrix: np.ndarray | sparse.csr_matrix, columns: np.ndarray) -> np.ndarray:
    """Return columns as a dense float32 array (cells x len(columns)); -1 stands for zeros."""
    present = columns >= 0
    block = matrix[:, columns[present]]
    if sparse.issparse(block):
        block = block.toarray()
    out = np.zeros((matrix.shape[0], len(columns)), dtype=np.float32)
    out[:, present] = block
    return out
