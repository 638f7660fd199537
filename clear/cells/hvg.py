"""Highly variable genes, in one pass over blocks of cells."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from scipy import sparse

from clear.errors import ClearError
from clear.fast.gene_sums import squares, sums

BINS = 20
# Between closer means rounding leaves no room for 20 different edges.
LEAST_RANGE = 1e-12


def moments(
    blocks: Iterable[np.ndarray | sparse.csr_matrix],
) -> tuple[np.ndarray, np.ndarray]:
    """Return each gene's mean and variance over all cells, on the scale before log1p.

    Blocks are combined by the update of Chan, Golub and LeVeque (1983), which avoids the
    cancellation of subtracting large sums.

    Parameters
    ----------
    blocks
        Cells x genes, log1p-transformed, dense or CSR.

    Returns
    -------
    mean, variance
        Of the expression before log1p (float64, one per gene); the variance divides by the number
        of cells minus one.

    Raises
    ------
    ClearError
        On negative values: scaled genes all vary alike.
    """
    return combined(map(block_moments, blocks))


def block_moments(
    block: np.ndarray | sparse.csr_matrix,
) -> tuple[int, np.ndarray, np.ndarray]:
    """Return the cells of a block, each gene's mean, and its sum of squared distances from it.

    See :func:`moments`.
    """
    if block.min() < 0:
        raise ClearError(
            "Variable genes cannot be chosen among scaled ones, which hold negative values and "
            "all vary alike: choose them before scaling and mark them in "
            'adata.var["highly_variable"], or set n_top_genes=None.'
        )
    cells, genes = block.shape
    if not sparse.issparse(block):
        values = np.expm1(block).astype(np.float64, copy=False)
        mean = values.mean(axis=0)
        return cells, mean, ((values - mean) ** 2).sum(axis=0)
    values = np.expm1(block.data).astype(np.float64, copy=False)
    total, stored = sums(values, block.indices, genes)
    mean = total / cells
    own = squares(values, block.indices, mean)
    return cells, mean, own + (cells - stored) * mean**2


def combined(
    parts: Iterable[tuple[int, np.ndarray, np.ndarray]],
) -> tuple[np.ndarray, np.ndarray]:
    """Return what :func:`moments` does, from the :func:`block_moments` of all blocks."""
    cells, mean, squares = 0, 0.0, 0.0
    for more, own_mean, own_squares in parts:
        both = cells + more
        change = own_mean - mean
        mean = mean + change * (more / both)
        squares = squares + own_squares + change**2 * (cells * more / both)
        cells = both
    return mean, squares / (cells - 1)


def dispersions(mean: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """Return how much genes vary compared with others of similar mean (Satija et al. 2015).

    The logarithm of variance / mean, as z-score within 20 bins of log1p(mean), as scanpy has it.
    A gene alone in its bin scores 1.

    Parameters
    ----------
    mean, variance
        What :func:`moments` returned.

    Returns
    -------
    ndarray
        One score per gene; NaN for genes that never vary.

    Raises
    ------
    ClearError
        When no gene varies.
    """
    varies = variance > 0
    if not varies.any():
        raise ClearError("No gene varies between the cells: there is nothing to learn from.")
    dispersion = np.full(len(mean), np.nan)
    dispersion[varies] = np.log(variance[varies] / mean[varies])
    # scanpy replaces means of zero by 1e-12, which sets the lower edge of the lowest bin.
    level = pd.Series(np.log1p(np.where(mean == 0, 1e-12, mean)))
    bins = pd.cut(level, BINS if np.ptp(level) > LEAST_RANGE else 1)
    genes = pd.Series(dispersion).groupby(bins, observed=True)
    centre, spread = genes.transform("mean"), genes.transform("std")
    alone = spread.isna()
    centre, spread = centre.where(~alone, 0), spread.where(~alone, centre)
    return ((pd.Series(dispersion) - centre) / spread).to_numpy()


def highly_variable(mean: np.ndarray, variance: np.ndarray, n_top_genes: int) -> np.ndarray:
    """Choose genes that vary more than others of similar mean, see :func:`dispersions`.

    The same genes as ``scanpy.pp.highly_variable_genes(flavor="seurat")``.

    Parameters
    ----------
    mean, variance
        What :func:`moments` returned.
    n_top_genes
        How many to choose. Ties with the last one are chosen too; genes that never vary are not,
        even if there are fewer others.

    Returns
    -------
    ndarray
        For each gene, whether it is chosen.

    Raises
    ------
    ClearError
        When no gene varies.
    """
    score = dispersions(mean, variance)
    known = np.sort(score[~np.isnan(score)])[::-1]
    return np.nan_to_num(score, nan=-np.inf) >= known[min(n_top_genes, len(known)) - 1]
