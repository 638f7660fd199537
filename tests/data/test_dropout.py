"""Dropout: an exact number of entries, each as likely as any other, always the same ones."""

import numpy as np
import pytest
from scipy import sparse
from scipy.stats import chi2, chisquare, hypergeom

from clear.benchmark.data.prepare import dropout
from clear.benchmark.data.prepare.blocks import in_memory
from clear.benchmark.data.prepare.dropout import drop_out
from clear.errors import ClearError


def matrix(rows=40, columns=30, seed=0) -> sparse.csr_matrix:
    """Values that are all different, about half of them zero."""
    random = np.random.default_rng(seed)
    values = random.permutation(rows * columns).reshape(rows, columns) + 1.0
    return sparse.csr_matrix(values * (random.random(values.shape) < 0.5), dtype=np.float32)


def dropped(values, percent):
    """The matrix after dropout, and the record."""
    before = values.copy()
    cells, record = drop_out(in_memory(values), percent, "toy")
    assert (values != before).nnz == 0
    (after,) = cells
    return after, record


@pytest.mark.parametrize(
    ("entries", "percent", "zeroed"),
    [
        (1000, 10, 100),
        (999, 10, 100),
        (994, 10, 99),
        (25, 30, 8),
        (5, 30, 2),
        (4, 1, 0),
        (30, 80, 24),
    ],
)
def test_the_number_of_entries_is_exact(entries, percent, zeroed):
    after, record = dropped(sparse.csr_matrix(np.ones((1, entries))), percent)
    assert after.nnz == np.count_nonzero(after.data) == entries - zeroed
    assert record == {"percent": percent, "seed": 0, "zeroed": zeroed, "of": entries}


def test_what_is_left_has_its_value_and_place():
    before = matrix()
    after, _ = dropped(before, 60)
    left = after.toarray()
    assert (left[left > 0] == before.toarray()[left > 0]).all()
    assert after.has_canonical_format and after.dtype == np.float32


def test_the_draw_is_the_same_each_time_and_a_higher_share_takes_more_of_it():
    before = matrix()
    left = {percent: dropped(before, percent)[0].toarray() > 0 for percent in (10, 30, 60, 80)}
    again, _ = dropped(before, 30)
    assert ((again.toarray() > 0) == left[30]).all()
    for less, more in ((10, 30), (30, 60), (60, 80)):
        assert (left[less] | ~left[more]).all()


def test_every_entry_is_as_likely_and_their_numbers_in_a_row_are_hypergeometric(monkeypatch):
    before = sparse.csr_matrix(np.arange(1, 41).reshape(4, 10))  # values must not matter
    draws, zeroed = 4000, 12
    lost, in_first_row = np.zeros(40), np.zeros(11)
    for seed in range(draws):
        monkeypatch.setattr(dropout, "SEED", seed)
        after, _ = dropped(before, 30)
        gone = after.toarray() == 0
        lost += gone.ravel()
        in_first_row[gone[0].sum()] += 1
    # Each draw takes 12 of the 40: their numbers have the variance n p (1 - p), not n p.
    share = zeroed / 40
    variance = draws * share * (1 - share) * 40 / 39
    assert chi2(39).sf(((lost - draws * share) ** 2 / variance).sum()) > 0.001
    probable = hypergeom(40, 10, zeroed).pmf(np.arange(11)) * draws
    some = probable > 5
    observed = [*in_first_row[some], in_first_row[~some].sum()]
    assert chisquare(observed, [*probable[some], probable[~some].sum()]).pvalue > 0.001


def test_a_share_that_leaves_nothing_is_an_error():
    with pytest.raises(ClearError, match=r"'toy': dropout_90 leaves none of its 4 non-zero values"):
        dropped(sparse.csr_matrix(np.ones((2, 2))), 90)
