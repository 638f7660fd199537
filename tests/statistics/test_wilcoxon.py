"""Wilcoxon's test against all sign flips, Holm's correction against statsmodels."""

import itertools

import numpy as np
import pytest
from scipy.stats import rankdata, wilcoxon
from statsmodels.stats.multitest import multipletests

from clear.benchmark.statistics.wilcoxon import holm, least_p, signed_rank_p


def flipped(differences):
    """Share of all assignments of signs with a sum of signed ranks as far from zero."""
    ranks = rankdata(np.abs(differences)) * (differences != 0)
    signs = np.array(list(itertools.product([-1, 1], repeat=len(ranks))))
    observed = abs(np.sum(ranks * np.sign(differences)))
    return np.mean(np.abs(signs @ ranks) >= observed - 1e-9)


@pytest.mark.parametrize(
    "differences",
    [[0.1, -0.02, 0.05, 0.2, 0.01, 0.07, -0.06], [0.1, 0.1, 0.0, -0.1, 0.3, 0.0, 0.2, -0.05]],
)
def test_p_is_the_share_of_sign_flips(differences):
    differences = np.array(differences)
    assert signed_rank_p(differences) == pytest.approx(flipped(differences))


@pytest.mark.parametrize("n", [6, 12, 40])
def test_p_without_ties_is_that_of_scipy(n):
    differences = np.random.default_rng(n).normal(0.3, 1, n)
    assert signed_rank_p(differences) == pytest.approx(wilcoxon(differences).pvalue)


def test_the_least_p_of_ten_datasets_before_and_after_holm():
    assert signed_rank_p(np.arange(1, 11)) == least_p(10) == pytest.approx(0.00195, abs=1e-5)
    assert holm(np.full(23, least_p(10))) == pytest.approx(0.045, abs=1e-4)
    assert signed_rank_p(np.zeros(8)) == 1


def test_holm_is_that_of_statsmodels():
    p = np.random.default_rng(0).random(12) ** 4
    assert holm(p) == pytest.approx(multipletests(p, method="holm")[1])
    assert len(holm(np.array([]))) == 0
