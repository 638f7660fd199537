"""Cells of several batches as the metrics of batch effects see them: what these share is made once.

The order of the cells is drawn at random, since an embedding may have many equal points: of
equally near neighbours the first are taken, and files are often sorted by batch.
"""

from collections.abc import Callable
from functools import cached_property, wraps

import numpy as np

MOST_CELLS = 10_000  # the cost of distances grows with the square of the number of cells
REPETITIONS, SHARE = 20, 0.8
SEED = 0
RESTARTS = 10  # of k-means in each repetition
NOTHING = 1e-7  # distances below this share of the largest are rounding


class Cells:
    """An embedding with the types and batches of its cells.

    Parameters
    ----------
    embedding
        Cells x dimensions. Of more than 10,000 cells a random sample, the same for each embedding
        of a dataset, is used.
    types, batches
        One label for each cell.

    Attributes
    ----------
    embedding
        As it was given, in the order drawn.
    x
        The same, centred.
    types, batches
        Labels as numbers from 0.
    table
        Types x batches, numbers of cells.
    shared
        Whether all batches have the cell's type, for each cell.
    """

    def __init__(self, embedding: np.ndarray, types: np.ndarray, batches: np.ndarray):
        n = len(embedding)
        self._rng = np.random.default_rng(SEED)
        chosen = self._rng.choice(n, min(n, MOST_CELLS), replace=False)
        self.embedding = np.asarray(embedding, float)[chosen]
        self.x = self.embedding - self.embedding.mean(axis=0)
        self.types = np.unique(np.asarray(types)[chosen], return_inverse=True)[1]
        self.batches = np.unique(np.asarray(batches)[chosen], return_inverse=True)[1]
        self.n_types, self.n_batches = self.types.max() + 1, self.batches.max() + 1
        self.table = np.zeros((self.n_types, self.n_batches), int)
        np.add.at(self.table, (self.types, self.batches), 1)
        self.shared = (self.table > 0).all(axis=1)[self.types]
        self.made = {}  # see :func:`once`

    @cached_property
    def distances(self) -> np.ndarray:
        """Euclidean distances, cells x cells."""
        from sklearn.metrics import pairwise_distances

        found = pairwise_distances(self.x)
        found[found < NOTHING * found.max()] = 0
        return found

    @cached_property
    def subsamples(self) -> np.ndarray:
        """Whether a cell is in each of 20 subsamples of 80 % of each type, repetitions x cells."""
        chosen = np.zeros((REPETITIONS, len(self.x)), bool)
        for sample in chosen:
            for kind in range(self.n_types):
                pool = np.flatnonzero(self.types == kind)
                sample[self._rng.permutation(pool)[: max(1, round(SHARE * len(pool)))]] = True
        return chosen

    @cached_property
    def clusters(self) -> list[np.ndarray]:
        """Clusters of each subsample by k-means with the number of types."""
        from clear.clusters import kmeans

        return [
            kmeans(self.x[sample], self.n_types, seed, RESTARTS)
            for seed, sample in enumerate(self.subsamples)
        ]

    def of_type(self, kind: int) -> np.ndarray:
        """Return which cells are of a type."""
        return np.flatnonzero(self.types == kind)


def neighbours(x: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Return distances to and numbers of the k nearest other cells, exact, cells x k."""
    from sklearn.neighbors import NearestNeighbors

    return NearestNeighbors(n_neighbors=k).fit(x).kneighbors()


def once(function: Callable) -> Callable:
    """Have a function of :class:`Cells` compute once what several metrics need."""

    @wraps(function)
    def kept(cells: Cells):
        if function not in cells.made:
            cells.made[function] = function(cells)
        return cells.made[function]

    return kept
