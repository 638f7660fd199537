"""The log-normalised expression of a prepared dataset, read in blocks of cells."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
from anndata import AnnData

from clear.cells.matrix import Expression
from clear.errors import ClearError
from clear.files.h5ad import open_expression


def all_genes(path: Path) -> tuple[pd.Index, Expression]:
    """Return the names of the cells of ``input.h5ad``, and their ``X`` as it is, on disk."""
    data = open_expression(path, obs=True)
    return data.obs_names, Expression(data, counts=False)


def read_genes(path: Path, genes: Iterable[str]) -> AnnData:
    """Return some genes of all cells, float32; memory is four bytes for each cell and gene.

    Genes that the data lack are left out.

    Raises
    ------
    ClearError
        None of them is there.
    """
    wanted = list(dict.fromkeys(genes))
    cells, expression = all_genes(path)
    there = [gene for gene in wanted if gene in expression.genes]
    if not there:
        raise ClearError(
            f"Markers: none of the {len(wanted)} genes, {', '.join(wanted[:3])} and so on, is "
            f"among those of the data, which are named like {expression.genes[0]!r}: correct the "
            "marker table, or name the column of gene symbols under `genes` in the card."
        )
    return AnnData(dense(expression, there), pd.DataFrame(index=cells), pd.DataFrame(index=there))


def dense(expression: Expression, genes: list[str]) -> np.ndarray:
    """Return some genes of all cells (cells x genes, float32)."""
    return np.concatenate(list(expression.blocks(expression.genes.get_indexer(genes))))
