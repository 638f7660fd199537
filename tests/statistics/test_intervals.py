"""The interval of a mean difference against scipy, by hand, and how often it is right."""

import numpy as np
import pytest
from scipy import stats

from clear.benchmark.statistics.intervals import mean_interval


def test_datasets_are_resampled_as_scipy_does_at_the_expanded_level():
    differences = np.array([0.1, -0.02, 0.05, 0.2, 0.01, 0.07, -0.06, 0.12])
    n = len(differences)
    tail = stats.norm.cdf(stats.t.ppf(0.025, n - 1) * np.sqrt(n / (n - 1)))
    expected = stats.bootstrap(
        (differences,), np.mean, n_resamples=20_000, confidence_level=1 - 2 * tail,
        method="percentile", rng=1,
    ).confidence_interval  # fmt: skip
    theirs = [np.array([0.3, 0.3])] * n
    found = mean_interval([np.array([0.3 + value]) for value in differences], theirs)
    assert found == pytest.approx(tuple(expected), abs=0.01)


def test_seeds_widen_it_by_their_share():
    # Every dataset has the difference 0. A mean of its nine runs drawn anew has their sd over
    # sqrt(9), that of six such means is smaller by sqrt(6).
    runs = np.linspace(0.4, 0.6, 9)
    ours, theirs = [runs] * 6, [np.array([0.5])] * 6
    half = runs.std() / np.sqrt(9 * 6) * stats.t.ppf(0.975, 5) * np.sqrt(6 / 5)
    assert mean_interval(ours, theirs) == pytest.approx((-half, half), rel=0.15)
    assert mean_interval(theirs, theirs) == (0, 0)


def test_it_covers_the_truth_about_as_often_as_it_says(monkeypatch):
    monkeypatch.setattr("clear.benchmark.statistics.intervals.REPLICATES", 1000)
    rng, zero, covered = np.random.default_rng(0), [np.zeros(1)] * 8, 0
    for _ in range(300):
        low, high = mean_interval([rng.normal(size=1) for _ in range(8)], zero)
        covered += low <= 0 <= high
    assert 0.92 <= covered / 300 <= 0.98  # a plain percentile interval: .88
