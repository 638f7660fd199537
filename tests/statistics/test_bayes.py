"""The Bayesian signed rank test against the package baycomp and cases that are certain."""

import numpy as np
import pytest

from clear.benchmark.statistics.bayes import rope_of, signed_rank


@pytest.mark.parametrize(
    ("differences", "expected"),
    # baycomp 1.0.3: SignedRankTest.probs(0, differences, rope=.02, nsamples=200000)
    [
        ([0.10, 0.05, -0.03, 0.01, 0.22, 0.07, -0.01, 0.15, 0, 0.04], (0.0003, 0.0583, 0.9414)),
        ([-0.10, 0.015, -0.03, 0.01, 0.02, -0.07, -0.01, 0.005], (0.3746, 0.6254, 0)),
    ],
)
def test_probabilities_are_those_of_baycomp(differences, expected):
    # 5,000 samples: a standard error of at most .007
    assert signed_rank(np.array(differences)) == pytest.approx(expected, abs=0.02)


def test_the_region_is_two_hundredths_of_the_best_value():
    for low, high, width in ((0, 1, 0.02), (-1, 1, 0.02), (-0.5, 1, 0.02), (0, 100, 2)):
        assert rope_of({"low": low, "high": high}) == pytest.approx(width)
    assert rope_of({"low": 0, "high": None}) == 0


def test_what_is_certain():
    assert signed_rank(np.full(10, 0.019)) == (0, 1, 0)
    assert signed_rank(np.full(30, 0.5)) == pytest.approx((0, 0, 1), abs=0.01)
    below, _, above = signed_rank(np.array([-0.3, 0.3] * 5))
    assert below == pytest.approx(above, abs=0.03)
