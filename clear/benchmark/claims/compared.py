"""Scores of one method on the datasets of a claim, alone or beside a rival, with an interval.

Datasets are the sample where there are enough of them (:data:`FEWEST`); on fewer, or on one, the
interval is over seeds only, and says nothing of other datasets.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import stdtrit

from clear.benchmark.statistics.intervals import FEWEST, LEVEL, mean_interval

OVER_DATASETS, OVER_SEEDS = "datasets and seeds", "seeds"


@dataclass(frozen=True)
class Estimate:
    """A mean over datasets with its 95 % interval.

    Attributes
    ----------
    mean
        Mean over datasets of the means over seeds; of a pair, ours minus the rival's.
    low, high
        Its interval; NaN where a method that draws at random ran with one seed.
    over
        What the interval is over.
    datasets
        How many.
    by_dataset
        The means over seeds on each, in the order of the claim; of a pair, their differences.
    """

    mean: float
    low: float
    high: float
    over: str
    datasets: int
    by_dataset: tuple[float, ...] = ()

    @property
    def known(self) -> bool:
        """Tell whether there is an interval."""
        return bool(np.isfinite([self.low, self.high]).all())


def difference(ours: list[np.ndarray], theirs: list[np.ndarray], fixed=(False, False)) -> Estimate:
    """Return ours minus theirs: the mean over datasets of the differences of means over seeds.

    Parameters
    ----------
    ours, theirs
        The scores of the runs of each method, an array for each dataset.
    fixed
        For each whether no seed matters to it: one run then has no spread.

    Returns
    -------
    Estimate
        On six datasets and more by :func:`~clear.benchmark.statistics.intervals.mean_interval`,
        else by Welch's t over the seeds of each dataset (Satterthwaite's degrees of freedom).
    """
    found = [a.mean() - b.mean() for a, b in zip(ours, theirs, strict=True)]
    if len(found) >= FEWEST:
        low, high = mean_interval(ours, theirs)
        mean = float(np.mean(found))
        return Estimate(mean, low, high, OVER_DATASETS, len(found), tuple(found))
    parts = [
        (runs, fix) for method, fix in zip((ours, theirs), fixed, strict=True) for runs in method
    ]
    estimate = _over_seeds(float(np.mean(found)), parts, len(found))
    return replace(estimate, by_dataset=tuple(found))


def alone(ours: list[np.ndarray], fixed: bool = False) -> Estimate:
    """Return the mean score of one method, with the same kind of interval."""
    zeros = [np.zeros(1) for _ in ours]
    return difference(ours, zeros, (fixed, True))


def _over_seeds(mean: float, parts: list[tuple[np.ndarray, bool]], datasets: int) -> Estimate:
    """Return the interval of a mean from the spread over seeds within each dataset."""
    unknown = Estimate(mean, float("nan"), float("nan"), OVER_SEEDS, datasets)
    if any(len(runs) < 2 and not fix for runs, fix in parts):
        return unknown
    several = [runs for runs, _ in parts if len(runs) > 1]
    terms = [(runs.var(ddof=1) / len(runs) / datasets**2, len(runs) - 1) for runs in several]
    variance = sum(term for term, _ in terms)
    if not variance:  # nothing is random
        return Estimate(mean, mean, mean, OVER_SEEDS, datasets)
    freedom = variance**2 / sum(term**2 / n for term, n in terms)
    half = stdtrit(freedom, 1 - (1 - LEVEL) / 2) * np.sqrt(variance)
    return Estimate(mean, mean - half, mean + half, OVER_SEEDS, datasets)
