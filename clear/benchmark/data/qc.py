"""Which cells and genes are good enough to be used."""

import numpy as np
from scipy import sparse

from clear.errors import ClearError


def select(
    matrix: sparse.csr_matrix, settings: dict, dataset: str
) -> tuple[np.ndarray, np.ndarray, dict]:
    """Choose the cells with enough genes, then the genes with enough of these cells.

    Parameters
    ----------
    matrix
        Expression, cells x genes, without explicit zeros.
    settings
        ``min_genes`` detected in a cell, ``min_cells`` that express a gene. Cells and genes
        without any expression never stay.
    dataset
        Id of the dataset, for the messages.

    Returns
    -------
    cells, genes : numpy.ndarray
        Masks of what stays.
    record : dict
        Numbers before and after, and how many each filter took.

    Raises
    ------
    ClearError
        A filter leaves no cell or no gene; the message names the setting.
    """
    detected = matrix.getnnz(axis=1)
    enough = (detected >= settings["min_genes"]) & (detected > 0)
    if not enough.any():
        raise ClearError(
            f"Dataset {dataset!r}: no cell has the {settings['min_genes']} genes that "
            f"prepare.min_genes asks for; of {matrix.shape[1]} genes in the file, the richest cell "
            f"has {detected.max()}. Set a lower min_genes under `prepare` in the card."
        )
    genes = matrix[enough].getnnz(axis=0) >= max(settings["min_cells"], 1)
    if not genes.any():
        raise ClearError(
            f"Dataset {dataset!r}: no gene is detected in the {settings['min_cells']} cells that "
            f"prepare.min_cells asks for; there are {enough.sum()} cells. Set a lower min_cells "
            "under `prepare` in the card."
        )
    # A cell may owe all its expression to genes that have just gone.
    cells = enough & (matrix[:, genes].getnnz(axis=1) > 0)
    return (
        cells,
        genes,
        {
            "cells": {
                "before": len(cells),
                "all_zero": int((detected == 0).sum()),
                "below_min_genes": int(((detected > 0) & ~enough).sum()),
                "empty_after_gene_filter": int((enough & ~cells).sum()),
                "after": int(cells.sum()),
            },
            "genes": {
                "before": len(genes),
                "below_min_cells": int((~genes).sum()),
                "after": int(genes.sum()),
            },
        },
    )
