"""The interval of a place is the exact distribution over one run of each method."""

from itertools import product

import numpy as np
import pytest

from clear.benchmark.statistics.placement import place_interval


@pytest.mark.parametrize("seed", range(4))
def test_the_interval_is_that_of_all_draws_of_one_run_of_each_method(seed):
    rng = np.random.default_rng(seed)
    runs = [rng.normal(0, 1, rng.integers(1, 6)) for _ in range(5)]
    drawn = np.array([sum(value > 0 for value in one) for one in product(*runs)])
    places = np.sort(1 + drawn)
    low, high = place_interval([(values > 0).mean() for values in runs])
    assert (places < low).mean() < 0.025 <= (places <= low).mean()
    assert (places < high).mean() < 0.975 <= (places <= high).mean()


def test_certain_places_have_no_width():
    assert place_interval([]) == (1, 1)
    assert place_interval([1.0, 1.0, 0.0]) == (3, 3)
    assert place_interval([0.5, 1.0]) == (2, 3)
