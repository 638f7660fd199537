"""ARI and silhouette of types and batches, as the CLEAR paper and Tran et al. 2020 have them.

Each number is taken on 20 random subsamples of 80 % of the cells of each type. Tran et al. report
the median; here the mean and the standard deviation (of the scorer) are in the tables. Terms of
batches are computed on cells of those types only that all batches have. With

- cARI, bARI: adjusted Rand index of k-means clusters (as many as there are types) and the types, or
  the batches;
- cASW, bASW: average silhouette width of the types, or the batches, Euclidean, moved from -1 to 1
  to 0 to 1: (s + 1) / 2;

the balance is the harmonic mean F1 = 2 c (1 - b) / (c + 1 - b). Tran et al. scale c and b between
the least and the greatest of all methods before; then a score depends on the others, so here that
is a table of its own. An ARI below 0 counts as 0 in F1.

These serve the claims of the paper. The silhouette of batches does not measure mixing
(Rautenstrauch and Ohler 2025), and bARI is 0 too where clusters cut through types at random, so
nothing ranks by them unless a reader chooses it.
"""

import numpy as np

from clear.benchmark.metrics.cells_of_batches import Cells, once
from clear.benchmark.metrics.clustering import ari
from clear.benchmark.metrics.metric import HIGHER, LOWER, Metric, Undefined
from clear.benchmark.metrics.silhouettes import widths

TRAN = "Tran et al. 2020, Genome Biology 21, 12"


@once
def c_ari(cells: Cells) -> list[float]:
    """ARI of k-means clusters and types."""
    if cells.n_types == 1:
        raise Undefined("all cells are of one type")
    return _rand(cells, cells.types, np.ones(len(cells.types), bool))


@once
def b_ari(cells: Cells) -> list[float]:
    """ARI of k-means clusters and batches, on cells of types that all batches have."""
    _need_shared(cells)
    return _rand(cells, cells.batches, cells.shared)


@once
def c_asw(cells: Cells) -> list[float]:
    """Average silhouette width of the types, 0 to 1."""
    if cells.n_types == 1:
        raise Undefined("all cells are of one type")
    return [
        _moved(widths(cells.distances, cells.types, sample)[sample].mean())
        for sample in cells.subsamples
    ]


@once
def b_asw(cells: Cells) -> list[float]:
    """Average silhouette width of the batches on cells of types that all have, 0 to 1."""
    _need_shared(cells)
    samples = [sample & cells.shared for sample in cells.subsamples]
    return [
        _moved(widths(cells.distances, cells.batches, sample)[sample].mean()) for sample in samples
    ]


def f1_ari(cells: Cells) -> list[float]:
    """Harmonic mean of cARI and 1 - bARI in each subsample."""
    return _f1(c_ari(cells), b_ari(cells))


def f1_asw(cells: Cells) -> list[float]:
    """Harmonic mean of cASW and 1 - bASW in each subsample."""
    return _f1(c_asw(cells), b_asw(cells))


def harmonic(a: float, b: float) -> float:
    """Return the harmonic mean of two shares; one below 0 counts as 0."""
    a, b = (min(max(value, 0.0), 1.0) for value in (a, b))
    return 2 * a * b / (a + b) if a + b else 0.0


def _f1(c: list[float], b: list[float]) -> list[float]:
    return [harmonic(of_types, 1 - of_batches) for of_types, of_batches in zip(c, b, strict=True)]


def _rand(cells: Cells, labels: np.ndarray, use: np.ndarray) -> list[float]:
    return [
        ari(labels[sample & use], found[use[sample]])
        for sample, found in zip(cells.subsamples, cells.clusters, strict=True)
    ]


def _moved(width: float) -> float:
    return float((width + 1) / 2)


def _need_shared(cells: Cells) -> None:
    if not cells.shared.any():
        raise Undefined("no cell type is in all batches")


def _one_minus(function):
    def complement(cells: Cells) -> list[float]:
        return [1 - value for value in function(cells)]

    return complement


METRICS = {
    "c_ari": Metric("cARI", "batch", c_ari, -0.5, 1, HIGHER, TRAN),
    "b_ari": Metric("bARI", "batch", b_ari, -0.5, 1, LOWER, TRAN),
    "one_minus_b_ari": Metric("1 - bARI", "batch", _one_minus(b_ari), 0, 1.5, HIGHER, TRAN),
    "f1_ari": Metric("F1 ARI", "batch", f1_ari, 0, 1, HIGHER, TRAN + ", not scaled"),
    "c_asw": Metric("cASW", "batch", c_asw, 0, 1, HIGHER, TRAN),
    "b_asw": Metric("bASW", "batch", b_asw, 0, 1, LOWER, TRAN),
    "one_minus_b_asw": Metric("1 - bASW", "batch", _one_minus(b_asw), 0, 1, HIGHER, TRAN),
    "f1_asw": Metric("F1 ASW", "batch", f1_asw, 0, 1, HIGHER, TRAN + ", not scaled"),
}
