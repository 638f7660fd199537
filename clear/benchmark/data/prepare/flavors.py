"""Highly variable genes of scanpy's flavors cell_ranger and seurat_v3, in passes over blocks."""

from collections.abc import Callable, Iterable, Iterator

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.stats import norm

from clear.benchmark.data.prepare.blocks import Blocks
from clear.fast.gene_sums import sums

SLICE = 2**20  # values that are clipped at once
PERCENTILES = np.arange(10, 105, 5)  # of the genes' means: the edges of cell_ranger's bins
SPAN = 0.3  # of the genes: what each local fit of seurat_v3 sees


def cell_ranger(cells: Blocks, to_x: Callable, number: int) -> np.ndarray:
    """Choose genes by variance / mean of ``X``, set against genes of similar mean.

    The distance from the bin's median in units of its median absolute deviation (Zheng et al.
    2017), as ``scanpy.pp.highly_variable_genes(flavor="cell_ranger")`` has it.

    Parameters
    ----------
    cells
        The expression as published.
    to_x
        What makes log-normalised values of a block.
    number
        How many genes to choose. Ties with the last one are chosen too.

    Returns
    -------
    ndarray of bool
        For each gene, whether it is chosen.

    Raises
    ------
    ValueError
        So many genes have one mean that two edges of bins coincide.
    """
    mean, variance = _moments(map(to_x, cells), cells.shape)
    mean[mean == 0] = 1e-12  # scanpy's
    dispersion = pd.Series(variance / mean)
    edges = np.r_[-np.inf, np.percentile(mean, PERCENTILES), np.inf]
    bins = pd.cut(pd.Series(mean), edges)
    away = dispersion - dispersion.groupby(bins, observed=True).transform("median")
    spread = (away.abs() / norm.ppf(0.75)).groupby(bins, observed=True).transform("median")
    with np.errstate(invalid="ignore"):  # of a bin whose genes vary alike
        score = (away / spread).to_numpy()
    known = np.sort(score[~np.isnan(score)])[::-1]
    return np.nan_to_num(score, nan=-np.inf) >= known[min(number, len(known)) - 1]


def seurat_v3(cells: Blocks, to_x: Callable, number: int) -> np.ndarray:
    """Choose genes by the variance of counts that a curve through all genes is clipped at.

    The expected deviation of a gene is a loess of log10 variance on log10 mean; counts above the
    mean by more than it times the square root of the cells count as that much (Stuart et al. 2019),
    as ``scanpy.pp.highly_variable_genes(flavor="seurat_v3")`` has it. Takes and returns what
    :func:`cell_ranger` does, reads the counts twice, and chooses exactly ``number`` genes.

    Raises
    ------
    ImportError
        scikit-misc is not installed.
    ValueError
        The fit fails.
    """
    from skmisc.loess import loess

    n_cells = cells.shape[0]
    mean, variance = _moments(cells, cells.shape)
    varies, level = variance > 0, np.zeros(len(mean))
    fit = loess(np.log10(mean[varies]), np.log10(variance[varies]), span=SPAN, degree=2)
    fit.fit()
    level[varies] = fit.outputs.fitted_values
    deviation = np.sqrt(10**level)
    highest = deviation * np.sqrt(n_cells) + mean
    total, squares = np.zeros(len(mean)), np.zeros(len(mean))
    for genes, values in _slices(cells):
        clipped = np.minimum(values.astype(np.float64), highest[genes])
        total += sums(clipped, genes, len(mean))[0]
        squares += sums(clipped**2, genes, len(mean))[0]
    score = n_cells * mean**2 + squares - 2 * total * mean
    score *= 1 / ((n_cells - 1) * deviation**2)
    chosen = np.zeros(len(mean), dtype=bool)
    chosen[np.argsort(-score)[:number]] = True
    return chosen


def _moments(
    blocks: Iterable[sparse.csr_matrix], shape: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Return each gene's mean and variance as scanpy rounds them: squares in float32."""
    (n_cells, n_genes), total, squares = shape, 0.0, 0.0
    for block in blocks:
        total = total + sums(block.data, block.indices, n_genes)[0]
        squares = squares + sums(block.data * block.data, block.indices, n_genes)[0]
    mean = total / n_cells
    return mean, (squares / n_cells - mean**2) * (n_cells / (n_cells - 1))


def _slices(cells: Blocks) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    for block in cells:
        for start in range(0, block.nnz, SLICE):
            part = slice(start, start + SLICE)
            yield block.indices[part], block.data[part]
