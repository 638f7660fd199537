"""Two groups of donors compared: Wilcoxon's rank sum test, exact, with estimate and interval."""

from math import comb
from typing import NamedTuple

import numpy as np

LEVEL = 0.95
MOST_EXACT = 100_000  # ways to share the donors out; with more the normal approximation is used


class Compared(NamedTuple):
    """Two groups compared.

    Attributes
    ----------
    difference
        Hodges and Lehmann's estimate: the median of all differences of a value of the one group
        and one of the other.
    low, high
        Its 95 % interval by inversion of the test; NaN where so few values allow none.
    p
        Two-sided, of the exact permutation distribution of the rank sum, also with ties.
    """

    difference: float
    low: float
    high: float
    p: float


def compare(values: np.ndarray, reference: np.ndarray) -> Compared:
    """Compare the values of some donors with those of the reference, one value per donor."""
    from scipy.stats import PermutationMethod, mannwhitneyu

    n, m = len(values), len(reference)
    ways = comb(n + m, n)
    method = PermutationMethod(n_resamples=ways) if ways <= MOST_EXACT else "asymptotic"
    p = float(mannwhitneyu(values, reference, alternative="two-sided", method=method).pvalue)
    pairs = np.sort(np.subtract.outer(values, reference).ravel())
    outside = _outside(n, m)
    low, high = (pairs[outside - 1], pairs[-outside]) if outside else (np.nan, np.nan)
    return Compared(float(np.median(pairs)), float(low), float(high), min(p, 1.0))


def _outside(n: int, m: int) -> int:
    """Return which pair from either end bounds the interval; 0 where none is wide enough.

    The distribution of the number of pairs without ties, by Mann and Whitney's recurrence.
    """
    counts = np.zeros(n * m + 1)
    counts[0] = 1
    for size in range(1, n + 1):  # Gaussian binomial: times (1 - q^(m + size)), over (1 - q^size)
        up = counts.copy()
        up[m + size :] -= counts[: max(0, len(counts) - m - size)]
        for place in range(size, len(up)):
            up[place] += up[place - size]
        counts = up
    below = np.cumsum(counts) / comb(n + m, n)
    return int(np.searchsorted(below, (1 - LEVEL) / 2, side="right"))
