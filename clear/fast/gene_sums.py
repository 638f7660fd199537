"""Sums over the stored values of each gene of a CSR block, as Numba kernels.

They add in the order of the values, as ``numpy.bincount`` does, and so give the same bits, without
holding Python's lock and without copies of the column numbers.
"""

import numpy as np
from numba import njit


@njit(nogil=True, cache=True)
def sums(values, columns, genes):
    """Return the sum of each gene's values (float64) and how many there are (int64)."""
    total, stored = np.zeros(genes), np.zeros(genes, np.int64)
    for place in range(len(values)):
        gene = columns[place]
        total[gene] += values[place]
        stored[gene] += 1
    return total, stored


@njit(nogil=True, cache=True)
def squares(values, columns, mean):
    """Return the sum of each gene's squared distances from its mean (float64)."""
    total = np.zeros(len(mean))
    for place in range(len(values)):
        gene = columns[place]
        away = values[place] - mean[gene]
        total[gene] += away * away
    return total
