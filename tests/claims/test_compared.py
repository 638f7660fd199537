"""Estimates of claims: against scipy and by hand."""

import numpy as np
import pytest
from scipy import stats

from clear.benchmark.claims.compared import OVER_DATASETS, OVER_SEEDS, alone, difference


def test_one_dataset_is_welchs_interval():
    ours, theirs = np.array([0.8, 0.7, 0.75]), np.array([0.5, 0.65, 0.6, 0.4])
    found = difference([ours], [theirs])
    expected = stats.ttest_ind(ours, theirs, equal_var=False)
    low, high = expected.confidence_interval(0.95)
    assert found.mean == pytest.approx(ours.mean() - theirs.mean())
    assert (found.low, found.high) == pytest.approx((low, high))
    assert (found.over, found.datasets) == (OVER_SEEDS, 1)


def test_of_two_datasets_the_variances_of_the_means_add_up():
    ours, theirs = [np.array([0.4, 0.6]), np.array([0.7, 0.9])], [np.array([0.5]), np.array([0.5])]
    found = difference(ours, theirs, fixed=(False, True))
    # Each dataset: variance .02 over 2 seeds = .01; halved weights: .01 / 4 twice, freedom 2.
    half = stats.t.ppf(0.975, 2) * np.sqrt(0.005)
    assert found.mean == pytest.approx(0.15)
    assert (found.low, found.high) == pytest.approx((0.15 - half, 0.15 + half))


def test_many_datasets_are_the_sample():
    rng = np.random.default_rng(0)
    ours, theirs = [rng.normal(0.6, 0.1, 3) for _ in range(8)], [np.full(3, 0.5)] * 8
    found = difference(ours, theirs)
    assert found.over == OVER_DATASETS and found.low < found.mean < found.high


def test_one_run_of_a_method_that_draws_at_random_has_no_interval():
    assert not difference([np.array([0.8])], [np.array([0.5, 0.6])]).known
    assert difference([np.array([0.8])], [np.array([0.5, 0.6])], fixed=(True, False)).known


def test_what_is_never_random_has_an_interval_of_no_width():
    found = alone([np.array([0.9])], fixed=True)
    assert (found.mean, found.low, found.high) == (0.9, 0.9, 0.9)
