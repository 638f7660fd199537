"""The test by donors: sums by hand, known genes, and what cannot be tested."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from clear.benchmark.casestudy.by_donors import by_donors, pseudobulk
from clear.errors import ClearError

GENES, UP = 60, 6  # the first six are four times higher in patients


def cohort(donors=5, cells=20, sd=0.3, up=2.0, seed=0):
    """Counts of cells of so many healthy donors and patients; genes vary between donors."""
    rng = np.random.default_rng(seed)
    donor = np.repeat(np.arange(2 * donors), cells)
    level = rng.uniform(0.5, 2, GENES) + rng.normal(0, sd, (2 * donors, GENES))
    level[donors:, :UP] += up * np.log(2)
    counts = sparse.csr_matrix(rng.poisson(np.exp(level[donor])))
    status = np.where(donor < donors, "healthy", "ill")
    return counts, np.array([f"d{number}" for number in donor]), status


def test_sums_are_those_of_a_table():
    counts, donor, _ = cohort(donors=2)
    sums, cells = pseudobulk(counts, donor)
    table = pd.DataFrame(counts.toarray()).groupby(donor).sum()
    np.testing.assert_array_equal(sums, table.to_numpy())
    assert list(cells.index) == list(table.index) and set(cells) == {20}


def test_genes_that_differ_are_found_with_their_fold_change():
    tables, donors = by_donors(*cohort(), ["healthy", "ill"])
    table = tables["ill"]
    assert donors.to_dict() == {"healthy": 5, "ill": 5}
    assert set(table.index[table["q"] < 0.05]) == set(range(UP))
    # Standard error of a mean over five donors on either side: 0.3 * sqrt(2 / 5) / ln 2 = 0.27.
    assert table.loc[: UP - 1, "log2fc"].mean() == pytest.approx(2, abs=0.3)


def test_a_status_with_one_donor_is_not_tested_and_others_are():
    counts, donor, status = cohort()
    status = np.where(donor == "d9", "dying", status)
    tables, donors = by_donors(counts, donor, status, ["healthy", "ill", "dying"])
    assert set(tables) == {"ill"} and donors["dying"] == 1
    assert by_donors(counts, donor, status, ["dying", "ill", "healthy"])[0] == {}


def test_a_donor_with_few_such_cells_does_not_count():
    counts, donor, status = cohort(donors=2)
    kept = (donor != "d3") | (np.arange(len(donor)) % 20 < 9)
    tables, donors = by_donors(counts[kept], donor[kept], status[kept], ["healthy", "ill"])
    assert tables == {} and donors["ill"] == 1


def test_values_that_are_no_counts_are_refused():
    counts, donor, status = cohort(donors=2)
    with pytest.raises(ClearError, match="not whole numbers: the unit of the dataset's card"):
        by_donors(counts * 0.5, donor, status, ["healthy", "ill"])
