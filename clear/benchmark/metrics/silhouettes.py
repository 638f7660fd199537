"""Silhouettes for batch effects: mixing within types, and types that some batch lacks."""

import numpy as np

from clear.benchmark.metrics.cells_of_batches import Cells
from clear.benchmark.metrics.metric import HIGHER, Metric, Undefined

NOTHING = 1e-12  # cosine distances below are rounding


def widths(
    distances: np.ndarray,
    groups: np.ndarray,
    members: np.ndarray | None = None,
    mean_other: bool = False,
) -> np.ndarray:
    """Return the silhouette width of each cell (Rousseeuw 1987).

    With a, the mean distance to the others of the cell's group, and b, the least mean distance to
    another group, it is (b - a) / max(a, b); 0 for a cell alone in its group, and where both are 0.

    Parameters
    ----------
    distances
        Cells x cells.
    groups
        Number of each cell's group, from 0.
    members
        Which cells count; widths of others mean nothing. None: all.
    mean_other
        b is the mean distance to all cells outside the group (BRAS).
    """
    weights = np.eye(groups.max() + 1)[groups]
    if members is not None:
        weights[~members] = 0
    sizes, sums, row = weights.sum(axis=0), distances @ weights, np.arange(len(groups))
    own, size = sums[row, groups], sizes[groups]
    with np.errstate(divide="ignore", invalid="ignore"):
        a = own / (size - 1)
        if mean_other:
            b = (sums.sum(axis=1) - own) / (sizes.sum() - size)
        else:
            means = np.where(sizes > 0, sums / sizes, np.inf)
            means[row, groups] = np.inf
            b = means.min(axis=1)
        found = (b - a) / np.maximum(a, b)
    # One group alone has no other: b is infinite or undefined.
    return np.where((size > 1) & np.isfinite(found), found, 0.0)


def bras(cells: Cells) -> float:
    """Batch removal adapted silhouette, 0 to 1: 1 where batches are mixed within each type.

    The mean over types with cells of several batches of the mean of 1 - abs(s), s the silhouette
    of the batches among the cells of the type, with cosine distances and the mean distance to all
    cells of other batches in place of the nearest batch. A constant embedding reaches 1: read it
    beside a metric of the types.
    """
    from sklearn.metrics.pairwise import cosine_distances

    found = []
    for kind in np.flatnonzero((cells.table > 0).sum(axis=1) > 1):
        own = cells.of_type(kind)
        if len(own) > len(np.unique(cells.batches[own])):
            distances = cosine_distances(cells.embedding[own])
            distances[distances < NOTHING] = 0
            groups = np.unique(cells.batches[own], return_inverse=True)[1]
            found.append(1 - np.abs(widths(distances, groups, mean_other=True)).mean())
    if not found:
        raise Undefined("no cell type has several cells in two batches")
    return float(np.mean(found))


def isolated(cells: Cells) -> float:
    """Silhouette of the types that some batch lacks, among all cells, 0 to 1; mean over types."""
    if cells.n_types == 1:
        raise Undefined("all cells are of one type")
    lacking = np.flatnonzero((cells.table == 0).any(axis=1))
    if not len(lacking):
        raise Undefined("all batches have all cell types")
    found = (widths(cells.distances, cells.types) + 1) / 2
    return float(np.mean([found[cells.types == kind].mean() for kind in lacking]))


def unshared_apart(cells: Cells) -> float:
    """Silhouette of the types among the cells of types that some batch lacks, -1 to 1.

    On the human dendritic cells: whether CD141 and CD1C, one in each batch, stay apart.
    """
    some = ~cells.shared
    if len(np.unique(cells.types[some])) < 2:
        raise Undefined("fewer than two cell types are lacking in some batch")
    return float(widths(cells.distances, cells.types, some)[some].mean())


SCIB = "Luecken et al. 2022, Nature Methods 19, 41"
METRICS = {
    "bras": Metric(
        "BRAS", "batch", bras, 0, 1, HIGHER,
        "Rautenstrauch and Ohler 2025, doi:10.1038/s41587-025-02743-4",
    ),
    "isolated_asw": Metric(
        "Isolated types", "batch", isolated, 0, 1, HIGHER,
        SCIB + ", of types that some batch lacks",
    ),
    "unshared_apart": Metric(
        "Unshared types apart", "batch", unshared_apart, -1, 1, HIGHER, "Rousseeuw 1987"
    ),
}  # fmt: skip
