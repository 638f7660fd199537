"""The batches of the cells: a column of ``adata.obs`` as numbers."""

import logging

import numpy as np
import pandas as pd
from anndata import AnnData

from clear.errors import ClearError

log = logging.getLogger("clear")


def batch_codes(adata: AnnData, key: str) -> np.ndarray | None:
    """Give each batch in ``adata.obs[key]`` a number from 0, in the order in which they occur.

    Parameters
    ----------
    adata
        Cells x genes; the column may hold text, numbers or categories.
    key
        Name of the column.

    Returns
    -------
    ndarray or None
        Batch of each cell (int64); ``None``, with a warning, where all cells are of one batch.

    Raises
    ------
    ClearError
        When there is no such column, a cell has no batch, or batches have fewer than two cells on
        average.
    """
    if key not in adata.obs:
        there = ", ".join(map(str, adata.obs.columns)) or "nothing"
        raise ClearError(f"adata.obs has no column {key!r} (there: {there}); correct batch_key.")
    codes, batches = pd.factorize(adata.obs[key])
    if (codes < 0).any():
        raise ClearError(
            f"adata.obs[{key!r}] has no value for {(codes < 0).sum()} of {len(codes)} cells; give "
            "each cell a batch, or leave these cells out."
        )
    if len(batches) < 2:
        log.warning(
            "adata.obs[%r] names one batch only: the training is the one without batch_key.", key
        )
        return None
    if len(batches) > len(codes) / 2:
        raise ClearError(
            f"adata.obs[{key!r}] names {len(batches)} batches of {len(codes)} cells: it seems to "
            "name cells or to measure them. Give batch_key a column that names batches."
        )
    return codes.astype(np.int64)
