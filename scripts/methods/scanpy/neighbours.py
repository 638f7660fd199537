"""Approximate neighbours as scanpy finds them by itself, in the type of matrix that it reads."""

import numpy as np
from pynndescent import PyNNDescentTransformer
from scipy.sparse import csr_matrix


class Matrix(PyNNDescentTransformer):
    """Return a sparse matrix: scanpy 1.11 cannot read pynndescent 0.7's sparse array."""

    def fit_transform(self, X, y=None):
        """Return the distances of the neighbours: cells x cells."""
        return csr_matrix(super().fit_transform(X, y))


def approximate(n_cells: int, n_neighbors: int, seed: int) -> Matrix:
    """Return the search with the settings that scanpy takes for so many cells."""
    return Matrix(
        n_neighbors=n_neighbors,
        random_state=seed,
        n_trees=min(64, 5 + round(n_cells**0.5 / 20)),
        n_iters=max(5, round(np.log2(n_cells))),
    )
