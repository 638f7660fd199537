"""The table of types against clusters, from which every metric of clusters is computed."""

import math

import numpy as np


def contingency(truth: np.ndarray, clusters: np.ndarray) -> np.ndarray:
    """Return the number of cells of each type (rows) in each cluster (columns)."""
    types, rows = np.unique(truth, return_inverse=True)
    names, columns = np.unique(clusters, return_inverse=True)
    counts = np.bincount(rows * len(names) + columns, minlength=len(types) * len(names))
    return counts.reshape(len(types), len(names))


def pairs(table: np.ndarray) -> tuple[int, int, int, int]:
    """Return how many pairs of cells are together in the types, the clusters, both; and all pairs.

    Whole numbers of Python, which hold the products of a million cells' pairs exactly.
    """
    rows, columns = table.sum(1), table.sum(0)
    return _pairs(rows), _pairs(columns), _pairs(table), _pairs(rows.sum())


def entropies(table: np.ndarray) -> tuple[float, float, float]:
    """Return the entropies of the types, of the clusters and of both together, in nats."""
    return tuple(_entropy(counts) for counts in (table.sum(1), table.sum(0), table.ravel()))


def _pairs(counts: np.ndarray) -> int:
    return int((counts * (counts - 1) // 2).sum())


def _entropy(counts: np.ndarray) -> float:
    shares = counts[counts > 0] / counts.sum()
    return math.fsum(-shares * np.log(shares))
