"""The genes that a cluster expresses more than all other cells do (Table S9)."""

import numpy as np
import pandas as pd
from numba import njit

from clear.cells.matrix import Expression

TOP = 100  # genes of a cluster
BINS = 256  # of the largest value: values are ranked after rounding up to these
GENES = 256  # ranked at once
COLUMNS = ["cluster", "rank", "gene", "score", "log2fc", "share_in", "share_out", "p_adjusted"]


def cluster_markers(
    clusters: pd.DataFrame, cells: pd.Index, expression: Expression
) -> pd.DataFrame:
    """Rank the genes of each cluster by Wilcoxon's rank sum against all other cells.

    Two passes over blocks of cells: the largest value, then how often each cluster has each of
    257 values of each gene, from which the rank sums follow. Memory is four bytes for each gene,
    cluster and value, 1.1 GB for 27,000 genes and 40 clusters, whatever the number of cells.

    The p-values take cells for independent, and the clusters were found in the same expression:
    they order genes, and prove nothing.

    Parameters
    ----------
    clusters
        Columns cell, cluster.
    cells
        Names of the cells, in the order of the expression.
    expression
        Log-normalised, natural logarithm, cells x genes.

    Returns
    -------
    DataFrame
        The first :data:`TOP` genes of each cluster of two cells or more: columns cluster, rank,
        gene, score (standardised rank sum, ties corrected), log2fc (of the means, as scanpy has
        it), share_in and share_out (of the cells that express the gene, in the cluster and
        elsewhere), p_adjusted (Benjamini and Hochberg over the genes).
    """
    number = clusters.set_index("cell")["cluster"]
    names = sorted(number.unique(), key=int)
    code = pd.Categorical(number.loc[cells], categories=names).codes.astype(np.int64)
    sizes = np.bincount(code, minlength=len(names))
    if len(names) < 2 or sizes.max() < 2:  # nothing to compare with
        return pd.DataFrame(columns=COLUMNS)
    frequencies, sums, zero = _count(code, len(names), expression)
    frequencies[:, :, zero] += sizes - frequencies.sum(axis=2, dtype=np.int32)
    genes = pd.Index(expression.genes)
    scores = np.vstack(
        [
            _standardised(frequencies[start : start + GENES].astype(float), sizes)
            for start in range(0, len(genes), GENES)
        ]
    )
    expressed = sizes - frequencies[:, :, zero]
    parts = [
        _table(name, genes, scores[:, one], sums, expressed, sizes, one)
        for one, name in enumerate(names)
        if sizes[one] > 1
    ]
    return pd.concat(parts, ignore_index=True)[COLUMNS]


def _count(
    code: np.ndarray, n_clusters: int, expression: Expression
) -> tuple[np.ndarray, np.ndarray, int]:
    """Return genes x clusters x values, sums of genes x clusters, and the place of zero."""
    from scipy import sparse

    ends = [(block.min(), block.max()) for block in map(sparse.csr_matrix, expression.all_genes())]
    low, high = min(0, *(end for end, _ in ends)), max(0, *(end for _, end in ends))
    width = (max(high, -low) or 1) / BINS
    zero = int(np.ceil(-low / width))
    shape = len(expression.genes), n_clusters, zero + BINS + 1
    frequencies, sums = np.zeros(shape, np.int32), np.zeros(shape[:2])
    start = 0
    for block in map(sparse.csr_matrix, expression.all_genes()):
        stop = start + block.shape[0]
        entries = block.indptr, block.indices, block.data.astype(np.float64)
        _add(*entries, code[start:stop], width, zero, frequencies, sums)
        start = stop
    return frequencies, sums, zero


@njit(cache=True)
def _add(indptr, columns, values, code, width, zero, frequencies, sums):
    top = frequencies.shape[2] - 1
    for row in range(len(code)):
        for at in range(indptr[row], indptr[row + 1]):
            place = zero + int(np.ceil(values[at] / width))
            frequencies[columns[at], code[row], min(place, top)] += 1
            sums[columns[at], code[row]] += values[at]


def _standardised(frequencies: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Return the standardised rank sums, genes x clusters; 0 where all values are equal."""
    n = sizes.sum()
    ties = frequencies.sum(axis=1)  # genes x values
    ranks = ties.cumsum(axis=1) - (ties - 1) / 2
    sums = np.einsum("gcv,gv->gc", frequencies, ranks)
    corrected = 1 - (ties**3 - ties).sum(axis=1) / (n**3 - n)
    variance = corrected[:, None] * sizes * (n - sizes) * (n + 1) / 12
    difference = sums - sizes * (n + 1) / 2
    found = np.zeros_like(difference)
    return np.divide(difference, np.sqrt(variance), out=found, where=variance > 1e-9)


def _table(name, genes, score, sums, expressed, sizes, one: int) -> pd.DataFrame:
    """Return the first genes of one cluster."""
    from scipy.stats import false_discovery_control, norm

    own, others = sizes[one], sizes.sum() - sizes[one]
    means = sums[:, one] / own, (sums.sum(axis=1) - sums[:, one]) / others
    ratio = [np.expm1(mean) + 1e-9 for mean in means]
    table = pd.DataFrame(
        {
            "cluster": name,
            "gene": genes,
            "score": score,
            "log2fc": np.log2(np.divide(*ratio)),
            "share_in": expressed[:, one] / own,
            "share_out": (expressed.sum(axis=1) - expressed[:, one]) / others,
            "p_adjusted": false_discovery_control(2 * norm.sf(np.abs(score))),
        }
    )
    first = table.sort_values("score", ascending=False, kind="stable")[:TOP]
    return first.assign(rank=np.arange(1, len(first) + 1))
