"""The choice of highly variable genes, of small datasets by scanpy."""

import textwrap
from collections.abc import Callable

import numpy as np
from anndata import AnnData

from clear.benchmark.data.prepare.blocks import Blocks
from clear.benchmark.data.prepare.flavors import cell_ranger, seurat_v3
from clear.cells.hvg import block_moments, combined, dispersions, highly_variable
from clear.errors import ClearError


def most_variable(cells: Blocks, to_x: Callable, settings: dict, dataset: str) -> np.ndarray:
    """Return a mask of the ``n_top_genes`` most variable genes.

    Of a dataset in memory by scanpy; else the same genes in passes over blocks of cells.

    Parameters
    ----------
    cells
        The expression as published.
    to_x
        What makes log-normalised values of a block.
    settings
        ``hvg_flavor`` and ``n_top_genes``.
    dataset
        Id of the dataset, for the message.

    Raises
    ------
    ClearError
        Genes cannot be chosen so.
    """
    flavor, number = settings["hvg_flavor"], settings["n_top_genes"]
    try:
        if not cells.whole:
            return IN_BLOCKS[flavor](cells, to_x, number)
        import scanpy as sc  # takes seconds, and the rule qc needs none of it

        (block,) = cells
        data = AnnData(block if flavor == "seurat_v3" else to_x(block))
        table = sc.pp.highly_variable_genes(data, n_top_genes=number, flavor=flavor, inplace=False)
    except Exception as error:  # of bins that coincide, of a loess that fails, of a missing package
        raise ClearError(
            f"Dataset {dataset!r}: genes cannot be chosen by prepare.hvg_flavor "
            f"{flavor} ({textwrap.shorten(str(error), 100)}). Set another hvg_flavor, or "
            f"n_top_genes of at least {cells.shape[1]} for all genes, under `prepare` in the card."
        ) from error
    return table["highly_variable"].to_numpy(dtype=bool)


def within_cutoffs(cells: Blocks, to_x: Callable, settings: dict) -> np.ndarray:
    """Return a mask of the genes within the released code's limits of mean and dispersion.

    Takes what :func:`most_variable` does, with ``hvg_cutoffs`` of the flavor seurat.
    """
    limits = settings["hvg_cutoffs"]
    if cells.whole:
        import scanpy as sc

        (block,) = cells
        data = AnnData(to_x(block))
        table = sc.pp.highly_variable_genes(data, flavor="seurat", inplace=False, **limits)
        return table["highly_variable"].to_numpy(dtype=bool)
    mean, variance = _moments(cells, to_x)
    level = np.log1p(mean)
    return (
        (level > limits["min_mean"])
        & (level < limits["max_mean"])
        & (np.nan_to_num(dispersions(mean, variance)) > limits["min_disp"])
    )


def _seurat(cells: Blocks, to_x: Callable, number: int) -> np.ndarray:
    return highly_variable(*_moments(cells, to_x), number)


def _moments(cells: Blocks, to_x: Callable) -> tuple[np.ndarray, np.ndarray]:
    return combined(block_moments(to_x(block)) for block in cells)


IN_BLOCKS = {"seurat": _seurat, "cell_ranger": cell_ranger, "seurat_v3": seurat_v3}
