"""kBET, graph connectivity, and the share of variance that the batches explain."""

import numpy as np

from clear.benchmark.metrics.cells_of_batches import Cells, neighbours
from clear.benchmark.metrics.metric import HIGHER, LOWER, Metric, Undefined

FEWEST = 10
LEAST, MOST = 10, 70  # neighbours of kBET
LEVEL = 0.05
NEIGHBOURS = 15  # of the graph


def kbet(cells: Cells) -> float:
    """Share of cells whose neighbourhood has the batches in the proportions of the cell's type.

    Within each type with cells of several batches, the batches of a cell's k nearest cells are
    compared with those of the type by Pearson's chi-squared test at the level .05; k is a quarter
    of the mean number of cells of a batch, from 10 to 70. The mean over types; .95 is mixed. scib
    takes the neighbours by diffusion distances, here they are Euclidean, and the cell itself is
    none of them.
    """
    from scipy.stats import chi2

    found = []
    for kind, row in enumerate(cells.table):
        sizes = row[row > 0]
        k = int(np.clip(sizes.mean() // 4, LEAST, MOST))
        if len(sizes) > 1 and sizes.sum() > k:
            own = cells.of_type(kind)
            groups = np.unique(cells.batches[own], return_inverse=True)[1]
            near = groups[neighbours(cells.x[own], k)[1]]
            seen = np.array([(near == group).sum(axis=1) for group in range(len(sizes))])
            expected = (k * sizes / sizes.sum())[:, None]
            statistic = ((seen - expected) ** 2 / expected).sum(axis=0)
            found.append((chi2.sf(statistic, len(sizes) - 1) >= LEVEL).mean())
    if not found:
        raise Undefined(f"no cell type of more than {LEAST} cells is in two batches")
    return float(np.mean(found))


def connectivity(cells: Cells) -> float:
    """Share of a type's cells in the largest connected part of the type, mean over types.

    On the graph of each cell's 15 nearest others, in which only cells of the type are kept.
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    n = len(cells.x)
    if n < FEWEST:
        raise Undefined(f"{n} cells: a graph of neighbours needs {FEWEST}")
    k = min(NEIGHBOURS, n - 1)
    ends = neighbours(cells.x, k)[1].ravel()
    graph = csr_array((np.ones(n * k), (np.repeat(np.arange(n), k), ends)), (n, n))
    found = []
    for kind in range(cells.n_types):
        own = cells.of_type(kind)
        parts = connected_components(graph[own][:, own], directed=False)[1]
        found.append(np.bincount(parts).max() / len(own))
    return float(np.mean(found))


def pcr(cells: Cells) -> float:
    """Share of the embedding's variance that the batches explain (principal component regression).

    The sum over principal components of variance x R2 of a regression on the batches, divided by
    the total variance, is the variance between the batches' means over the total. The comparison
    of Luecken et al. is with the value of uncorrected components: the method ``pca``. NaN for a
    constant embedding.
    """
    total = (cells.x**2).sum()
    if total == 0:
        return float("nan")
    means = np.array([cells.x[cells.batches == b].mean(axis=0) for b in range(cells.n_batches)])
    sizes = cells.table.sum(axis=0)
    return float((sizes[:, None] * means**2).sum() / total)


BUTTNER = "Büttner et al. 2019, Nature Methods 16, 43"
METRICS = {
    "kbet": Metric("kBET", "batch", kbet, 0, 1, HIGHER, BUTTNER + "; within types"),
    "connectivity": Metric(
        "Graph connectivity", "batch", connectivity, 0, 1, HIGHER,
        "Luecken et al. 2022, Nature Methods 19, 41",
    ),
    "pcr": Metric("PCR", "batch", pcr, 0, 1, LOWER, BUTTNER),
}  # fmt: skip
