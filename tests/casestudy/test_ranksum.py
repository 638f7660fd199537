"""The rank sum test of donors: against R, against every permutation, and where it cannot be had."""

from itertools import combinations

import numpy as np
import pytest
from scipy.stats import rankdata

from clear.benchmark.casestudy.ranksum import _outside, compare

X = np.array([0.02, 0.05, 0.013, 0.041, 0.033, 0.008])
Y = np.array([0.15, 0.11, 0.09, 0.2, 0.045, 0.12, 0.071])


def every_permutation(x, y):
    """The two-sided p-value: twice the smaller tail of the rank sum over all ways to share out."""
    ranks = rankdata(np.concatenate([x, y]))
    sums = np.array([sum(ranks[list(ways)]) for ways in combinations(range(len(ranks)), len(x))])
    seen = ranks[: len(x)].sum()
    return min(1, 2 * min((sums <= seen + 1e-9).mean(), (sums >= seen - 1e-9).mean()))


def test_as_wilcox_test_of_r():
    """wilcox.test(x, y, exact = TRUE, conf.int = TRUE), R 4.2.2."""
    assert compare(X, Y) == pytest.approx((-0.078, -0.142, -0.032, 0.002331002331))
    assert compare(X[:4], Y[:4]) == pytest.approx((-0.0985, -0.187, -0.040, 0.02857142857))


@pytest.mark.parametrize("seed", range(4))
def test_with_ties_as_every_permutation_gives(seed):
    rng = np.random.default_rng(seed)
    x, y = rng.integers(0, 4, 5) / 100, rng.integers(0, 6, 6) / 100
    assert compare(x, y).p == pytest.approx(every_permutation(x, y))


def test_the_bound_of_the_interval_is_the_quantile_of_r():
    """qwilcox(.025, n, m), R 4.2.2; 0: no interval of 95 %."""
    known = {(3, 3): 0, (3, 6): 2, (4, 4): 1, (6, 4): 3, (6, 6): 6, (6, 10): 12, (8, 10): 18}
    assert {sizes: _outside(*sizes) for sizes in known} == known


def test_three_against_three_have_no_interval():
    found = compare(X[:3], Y[:3])
    assert np.isnan([found.low, found.high]).all()
    assert found.p == pytest.approx(0.1)


def test_many_donors_are_compared_by_the_normal_approximation():
    rng = np.random.default_rng(0)
    x, y = rng.normal(0, 1, 60), rng.normal(1, 1, 70)
    found = compare(x, y)
    assert found.p < 1e-4 and found.low < -1 < found.high < 0
