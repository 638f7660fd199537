"""Bayesian signed rank test with a region of practical equivalence (Benavoli et al. 2014).

As the package baycomp has it, with the products of the weights as matrices: its loop takes seconds
for each pair of methods.
"""

import numpy as np

ROPE = 0.02  # half the width of the region, for a metric from 0 or -1 to 1: less means nothing
PRIOR = 0.5  # weight of a dataset without a difference that is added
SAMPLES = 5000


def rope_of(metric: dict) -> float:
    """Return half the width of a metric's region: :data:`ROPE` of its larger bound.

    Without both bounds, ``low`` and ``high``, nothing says what is small: 0, all differences count.
    """
    bounds = (metric["low"], metric["high"])
    return 0.0 if None in bounds else ROPE * max(map(abs, bounds))


def signed_rank(differences: np.ndarray, rope: float = ROPE) -> tuple[float, float, float]:
    """Return the probabilities that differences lie below, in and above the region.

    Of the mean of two datasets' differences, drawn with weights from the Dirichlet posterior, one
    of the three is the most likely place; the probabilities are how often it is each of them.

    Parameters
    ----------
    differences
        One number per dataset.
    rope
        The region reaches from ``-rope`` to ``rope``.
    """
    values = np.append(0.0, differences)
    sums = np.round(values[:, None] + values, 10)
    # A sum on the border counts half.
    above = (sums > 2 * rope) + 0.5 * (sums == 2 * rope)
    below = (sums < -2 * rope) + 0.5 * (sums == -2 * rope)
    alpha = np.append(PRIOR, np.ones(len(differences)))
    weights = np.random.default_rng(0).dirichlet(alpha, SAMPLES)
    high, low = (((weights @ place) * weights).sum(axis=1) for place in (above, below))
    most = np.argmax([low, 1 - low - high, high], axis=0)
    shares = np.bincount(most, minlength=3) / SAMPLES
    return tuple(shares.tolist())
