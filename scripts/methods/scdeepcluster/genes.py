"""Choice of genes by their zeros, as the authors' code makes it."""

import numpy as np

DECAY, LEAST_ZEROS = 1.5, 0.02
LEAST_CELLS = 10


def select_genes(counts, n_genes):
    """Return which genes have more zeros than others of their mean.

    Andrews and Hemberg 2019; Kobak and Berens 2019, Methods: with m the mean of log2 of a gene's
    values above 0, a gene is taken if its share of zeros exceeds exp(-1.5 (m - a)) + 0.02. The
    larger a, the fewer genes pass. Each has a largest a with which it does,
    m + log(share - 0.02) / 1.5, so that the genes with the largest ones are those of the curve
    that ``n_genes`` pass.

    Parameters
    ----------
    counts : scipy.sparse.csr_matrix
        Cells x genes.
    n_genes : int

    Returns
    -------
    numpy.ndarray
        Ascending numbers of genes: ``n_genes``, or fewer where fewer are found in 10 cells and
        are absent in more than 2 % of all.
    """
    counts = counts.tocsc()
    logs = counts.copy()
    logs.data = np.where(counts.data > 0, np.log2(np.maximum(counts.data, 1e-12)), 0)
    expressed = np.asarray((counts > 0).sum(axis=0)).ravel()
    mean = np.asarray(logs.sum(axis=0)).ravel() / np.maximum(expressed, 1)
    zeros = 1 - expressed / counts.shape[0]
    usable = np.flatnonzero((expressed >= LEAST_CELLS) & (zeros > LEAST_ZEROS))
    offset = mean[usable] + np.log(zeros[usable] - LEAST_ZEROS) / DECAY
    return np.sort(usable[np.argsort(-offset, kind="stable")[:n_genes]])
