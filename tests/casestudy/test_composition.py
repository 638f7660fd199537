"""Shares of types per donor and their test: by hand, and on cohorts whose truth is known."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2_contingency
from statsmodels.stats.multitest import multipletests

from clear.benchmark.casestudy import composition
from clear.benchmark.casestudy.declared import UNSURE
from clear.benchmark.data.cohort import draw_types
from clear.benchmark.data.cohort_genes import MARKERS, STATUSES, true_shares

TYPES = list(MARKERS)


def study(seed, strength, cells=3240, donors=18):
    """The true types of the cells of a simulated cohort, and their donors."""
    donor, status, kind = draw_types(cells, donors, 150, strength, seed)
    names = [f"c{i}" for i in range(cells)]
    types = pd.DataFrame({"cell": names, "type": np.array(TYPES)[kind], "sure": True})
    truth = pd.DataFrame(
        {"donor": [f"d{d}" for d in donor], "status": np.array(STATUSES)[status]}, index=names
    )
    return types, truth


def by_donors(types, truth):
    return composition.tests(composition.shares(types, truth, TYPES), list(STATUSES))


def by_cells(types, truth):
    """The p-values of a test that takes each cell for a replicate."""
    status = truth["status"].to_numpy()
    found = []
    for name in TYPES:
        own = (types["type"] == name).to_numpy()
        for other in STATUSES[1:]:
            table = [
                [np.sum(own & (status == one)), np.sum(~own & (status == one))]
                for one in (STATUSES[0], other)
            ]
            found.append(chi2_contingency(table, correction=False)[1])
    return np.array(found)


def toy():
    """Donor a (healthy): 3 T, 1 B; donor b (ill): 2 T, none of B; a cell of b is not sure."""
    kinds = ["T", "T", "T", "B", "T", "T", "B"]
    types = pd.DataFrame({"cell": list("uvwxyzk"), "type": kinds, "sure": [True] * 6 + [False]})
    truth = pd.DataFrame(
        {"donor": list("aaaabbb"), "status": ["healthy"] * 4 + ["ill"] * 3}, index=list("uvwxyzk")
    )
    return types, truth


def test_shares_by_hand_with_a_donor_that_lacks_a_type():
    table = composition.shares(*toy(), ["B", "T", UNSURE])
    found = {(row.type, row.donor): row.share for row in table.itertuples()}
    assert found == {
        ("B", "a"): 0.25,
        ("B", "b"): 0,
        ("T", "a"): 0.75,
        ("T", "b"): 2 / 3,
        (UNSURE, "a"): 0,
        (UNSURE, "b"): 1 / 3,
    }
    assert table["type"].drop_duplicates().tolist() == ["B", "T", UNSURE]
    assert table.groupby("donor")["share"].sum().tolist() == pytest.approx([1, 1])


def test_a_status_of_one_donor_is_not_tested_and_says_so():
    found = composition.tests(composition.shares(*toy(), []), ["healthy", "ill"])
    assert found[["p", "q", "difference", "low"]].isna().all(axis=None)
    assert set(found["reason"]) == {"no test: 1 donor with the status ill"}
    assert found["mean"].notna().all()


def test_without_types_there_is_nothing_to_test():
    table = composition.shares(pd.DataFrame(columns=["cell", "type", "sure"]), None, TYPES)
    assert table.empty and composition.tests(table, list(STATUSES)).empty


def test_q_is_benjamini_and_hochberg_over_all_types_and_statuses():
    found = by_donors(*study(0, 1))
    assert len(found) == 2 * len(TYPES)
    assert found["q"].to_numpy() == pytest.approx(multipletests(found["p"], method="fdr_bh")[1])


def test_known_shifts_are_found_and_their_sizes_covered():
    found = by_donors(*study(0, 1)).set_index(["type", "status"])
    true = true_shares().pivot(index="type", columns="status", values="share")
    true = true.sub(true["healthy"], axis=0)
    severe = found.xs("severe", level="status")
    assert (severe.loc[["NK", "plasmablast"], "q"] < 0.05).all()
    signs = np.sign(severe["difference"])
    for name in ("NK", "CD16 monocyte", "DC", "plasmablast"):
        assert signs[name] == np.sign(true.loc[name, "severe"])
    covered = [row.low <= true.loc[name] <= row.high for name, row in found.iterrows()]
    assert np.mean(covered) >= 0.8


def test_without_shifts_the_test_of_donors_keeps_its_level_and_one_of_cells_does_not():
    cohorts = [study(seed, 0) for seed in range(10)]
    donors = np.concatenate([by_donors(*one)["p"] for one in cohorts])
    cells = np.concatenate([by_cells(*one) for one in cohorts])
    assert (donors < 0.05).mean() < 0.09  # of 160 tests; .041 of 1,600
    assert (cells < 0.05).mean() > 0.11  # .174 of 1,600
