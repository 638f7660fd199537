"""Local inverse Simpson's index (LISI, Korsunsky et al. 2019), and the balance that ranks.

LISI is the effective number of groups among a cell's neighbours, weighted as in t-SNE so that
their perplexity is 30; the neighbours are the 90 nearest other cells, as in harmonypy 2.1.0
(scib-metrics before 0.6 counts the cell itself among them).

**Why the balance ranks.** Mixing alone is best where nothing is left: a constant embedding reaches
BRAS 1. Purity of types alone ignores batches. As in the paper, their harmonic mean is taken, with
terms that are not refuted: for the types cARI, which is 0 on average for an embedding that knows
nothing, whatever the sizes of the types (cLISI is near 1 there when one type is frequent); for the
batches CiLISI, which compares cells of one type only, so that what only one batch has need not
mix. Batches of different sizes cannot reach LISI = number of batches, so here CiLISI is divided by
what the sizes of each type's batches allow.
"""

import numpy as np

from clear.benchmark.metrics.batch_paper import c_ari, harmonic
from clear.benchmark.metrics.cells_of_batches import Cells, neighbours, once
from clear.benchmark.metrics.metric import HIGHER, Metric, Undefined

PERPLEXITY, NEIGHBOURS = 30, 90
FEWEST = 10  # cells with neighbours to count, as in scIntegrationMetrics
STEPS, TOLERANCE = 50, 1e-5


def lisi(x: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Return LISI of each cell, from 1 to the number of groups (Korsunsky et al. 2019).

    Parameters
    ----------
    x
        Cells x dimensions. Of at most 90 cells all others are neighbours, and the perplexity is
        a third of their number.
    groups
        Number of each cell's group, from 0.
    """
    k = min(NEIGHBOURS, len(x) - 1)
    distances, who = neighbours(x, k)
    weights = _weights(distances, min(PERPLEXITY, k / 3))
    found = groups[who]
    shares = [(weights * (found == group)).sum(axis=1) for group in range(groups.max() + 1)]
    return 1 / (np.array(shares) ** 2).sum(axis=0)


def _weights(distances: np.ndarray, perplexity: float) -> np.ndarray:
    """Return exp(-beta d), normalised, with beta such that the entropy is log(perplexity)."""
    d = distances - distances[:, :1]  # the same weights, and none underflows
    beta = np.ones((len(d), 1))
    low, high = np.zeros_like(beta), np.full_like(beta, np.inf)
    for _ in range(STEPS):
        p = np.exp(-beta * d)
        p /= p.sum(axis=1, keepdims=True)
        entropy = -(p * np.log(np.maximum(p, 1e-300))).sum(axis=1, keepdims=True)
        excess = entropy - np.log(perplexity)
        if (np.abs(excess) < TOLERANCE).all():
            break
        low, high = np.where(excess > 0, beta, low), np.where(excess > 0, high, beta)
        beta = np.where(np.isinf(high), beta * 2, (low + high) / 2)
    return p


def ilisi(cells: Cells) -> float:
    """Return (median LISI of the batches - 1) / (number of batches - 1): 1 is mixed."""
    _enough(cells)
    return float((np.median(lisi(cells.x, cells.batches)) - 1) / (cells.n_batches - 1))


def clisi(cells: Cells) -> float:
    """Return (types - median LISI of the types) / (types - 1), of their number: 1 is pure."""
    _enough(cells)
    if cells.n_types == 1:
        raise Undefined("all cells are of one type")
    return float((cells.n_types - np.median(lisi(cells.x, cells.types))) / (cells.n_types - 1))


def cilisi(cells: Cells) -> float:
    """Mean over cells of (LISI of the batches - 1) / (batches - 1), among cells of their type.

    Types with at least 10 cells and two batches count; ``batches`` is their number in the type.
    """
    found = [(values - 1) / (len(sizes) - 1) for values, sizes in _within_types(cells)]
    return float(np.concatenate(found).mean())


def mixing(cells: Cells) -> float:
    """CiLISI as a share of what the sizes of the batches in each type allow.

    The mean over types, weighted by their cells, of (mean LISI - 1) / (1 / sum of squared shares of
    the batches - 1), at most 1.
    """
    found, weights = [], []
    for values, sizes in _within_types(cells):
        most = 1 / ((sizes / sizes.sum()) ** 2).sum()
        found.append(min((values.mean() - 1) / (most - 1), 1))
        weights.append(len(values))
    return float(np.average(found, weights=weights))


def balance(cells: Cells) -> list[float]:
    """Harmonic mean of cARI in each subsample and the mixing within types."""
    mixed = mixing(cells)
    return [harmonic(pure, mixed) for pure in c_ari(cells)]


@once
def _within_types(cells: Cells) -> list[tuple[np.ndarray, np.ndarray]]:
    """For each type that counts, LISI of its batches, and their numbers of cells."""
    found = []
    for kind, sizes in enumerate(cells.table):
        if sizes.sum() >= FEWEST and (sizes > 0).sum() > 1:
            own = cells.of_type(kind)
            groups = np.unique(cells.batches[own], return_inverse=True)[1]
            found.append((lisi(cells.x[own], groups), sizes[sizes > 0]))
    if not found:
        raise Undefined(f"no cell type of {FEWEST} cells or more is in two batches")
    return found


def _enough(cells: Cells) -> None:
    if len(cells.x) < FEWEST:
        raise Undefined(f"{len(cells.x)} cells: neighbours need {FEWEST}")


KORSUNSKY = "Korsunsky et al. 2019, Nature Methods 16, 1289; scaled as Luecken et al. 2022"
ANDREATTA = "Andreatta et al. 2024, Nature Communications 15, 872"
METRICS = {
    "balance": Metric(
        "Balance", "batch", balance, 0, 1, HIGHER,
        "harmonic mean of cARI and mixing within types; this benchmark",
    ),
    "mixing": Metric(
        "Mixing within types", "batch", mixing, 0, 1, HIGHER,
        "CiLISI, as a share of what the batches' sizes allow; this benchmark",
    ),
    "cilisi": Metric("CiLISI", "batch", cilisi, 0, 1, HIGHER, ANDREATTA),
    "ilisi": Metric("iLISI", "batch", ilisi, 0, 1, HIGHER, KORSUNSKY),
    "clisi": Metric("cLISI", "batch", clisi, 0, 1, HIGHER, KORSUNSKY),
}  # fmt: skip
