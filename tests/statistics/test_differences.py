"""Paired differences to a reference against numbers worked out by hand."""

import numpy as np
import pandas as pd
import pytest

from clear.benchmark.statistics.differences import COLUMNS, differences_table
from clear.benchmark.statistics.ranks import ALL, ALL_AND_TUNED

SETS = "abcdefgh"


def compared(tables, metrics, values, metric="ari", controls=(), **tuned_on):
    scores, statistics = tables(values, metric)
    table = differences_table(
        scores, statistics, metrics, ["clear"], ["control_random", *controls], tuned_on
    )
    assert list(table) == COLUMNS
    return table.set_index(["method", "dataset"])


def eight(**methods):
    """Scores on eight datasets; a number is the difference to the reference, which has .5."""
    values = {(d, "clear"): [0.4, 0.6] for d in SETS}
    for method, differences in methods.items():
        values |= {(d, method): [0.5 + x] for d, x in zip(SETS, differences, strict=True)}
    return values


def test_differences_of_means_over_seeds_in_pairs(tables, metrics):
    rows = compared(
        tables,
        metrics,
        eight(m=[0.1, -0.02, 0.05, 0.2, 0.01, 0.07, -0.06, 0.02], bad=[-0.3] * 7 + [-0.2]),
    )
    row = rows.loc["m", ALL]
    assert row["difference"] == pytest.approx(0.37 / 8) and row["datasets"] == 8
    assert (row["wins"], row["ties"], row["losses"]) == (4, 3, 1)  # a tie: .02 at the most
    assert row["low"] < 0.37 / 8 < row["high"] and row["p_better"] > row["p_worse"]
    assert rows.loc[("m", "f"), "difference"] == pytest.approx(0.07)
    # Wilcoxon of bad has the least p, 2 / 2**8, which counts twice; that of m counts once.
    bad = rows.loc["bad", ALL]
    assert bad["p"] == pytest.approx(2 / 2**8) and bad["p_holm"] == pytest.approx(4 / 2**8)
    assert bad["p_least"] == bad["p_holm"] and row["p_holm"] == pytest.approx(row["p"])
    assert bad["p_worse"] > 0.99 and bad["high"] < 0


def test_no_corrected_p_is_below_the_least_that_there_can_be(tables, metrics):
    values = eight(m=[0.1] * 8, few=[0.2] * 8)
    values |= {(d, "few"): ["not_applicable"] for d in "ab"}
    rows = compared(tables, metrics, values).xs(ALL, level="dataset")
    # Six datasets give 2 / 2**6 at the least, and it stays so beside the lower p of eight.
    expected = {"m": 4 / 2**8, "few": 2 / 2**6}
    assert rows["p_least"].to_dict() == pytest.approx(expected)
    assert rows["p_holm"].to_dict() == pytest.approx(expected)


def test_failed_runs_count_by_four_rules(tables, metrics):
    values = eight(m=[0.1] * 8) | {(d, "control_random"): [0.0] for d in SETS}
    values["a", "m"] = [0.6, "failed"]  # for the difference .3 - .5
    values["b", "m"] = ["not_applicable"] * 2
    rows = compared(tables, metrics, values)
    row = rows.loc["m", ALL]
    assert row["datasets"] == 7 and row["difference"] == pytest.approx((6 * 0.1 - 0.2) / 7)
    assert row["difference_worst"] == pytest.approx((6 * 0.1 + 0.0) / 7)  # the lowest there: .4
    assert row["difference_dropped"] == pytest.approx(0.1)
    assert row["difference_common"] == pytest.approx(0.1)  # on c to h
    # A control is compared and does not count for Holm's correction.
    control = rows.loc["control_random", ALL]
    assert control["difference"] == pytest.approx(-0.5) and pd.isna(control["p_holm"])
    assert control["p"] > 0 and row["compared"] == 1


def test_datasets_on_which_either_was_tuned_are_left_out_first(tables, metrics):
    values = eight(m=[0.1] * 4 + [0.3] * 4)
    rows = compared(tables, metrics, values, clear=["a"], m=["h", "elsewhere"])
    assert rows.loc[("m", ALL), "difference"] == pytest.approx((0.3 + 0.9) / 6)
    assert rows.loc[("m", ALL_AND_TUNED), "difference"] == pytest.approx(0.2)
    assert rows.loc["m"]["tuned"].dropna().to_dict() == dict.fromkeys(SETS, 0) | {"a": 1, "h": 1}


def test_with_tuned_datasets_all_methods_are_compared_and_corrected_for(tables, metrics):
    rows = compared(tables, metrics, eight(m=[0.1] * 8, tuned=[0.2] * 8), tuned=["a"])
    assert rows.loc[("m", ALL_AND_TUNED), "difference"] == rows.loc[("m", ALL), "difference"]
    assert rows.loc[("tuned", ALL_AND_TUNED), "compared"] == 2
    assert rows.loc[("tuned", ALL), "datasets"] == 7


def test_too_few_datasets_give_a_reason_and_no_number(tables, metrics):
    values = {key: runs for key, runs in eight(m=[0.1] * 8).items() if key[0] in "abcde"}
    values |= {("a", "other"): ["not_installed"]}
    rows = compared(tables, metrics, values)
    row, other = rows.loc["m", ALL], rows.loc["other", ALL]
    assert row["reason"] == "5 datasets, and 6 are the fewest for an interval or a test"
    assert row[["low", "high", "p_better", "p", "p_holm"]].isna().all()
    assert row["difference"] == pytest.approx(0.1) and row["wins"] == 5
    assert other["reason"] == "no dataset in common" and other["datasets"] == 0


def test_where_lower_is_better_the_difference_is_turned(tables, metrics):
    rows = compared(tables, metrics, eight(m=[0.1] * 8), metric="error")
    assert rows.loc[("m", ALL), "difference"] == pytest.approx(-0.1)
    assert compared(tables, metrics, eight(m=[0.1] * 8), metric="n_clusters").empty


def test_without_a_bound_no_difference_is_too_small(tables, metrics):
    small = eight(m=[-0.01] * 7 + [0.0])
    row = compared(tables, metrics, small).loc["m", ALL]
    assert (row["wins"], row["ties"], row["p_equivalent"]) == (0, 8, 1)
    row = compared(tables, metrics, small, metric="error").loc["m", ALL]
    assert (row["wins"], row["ties"], row["losses"]) == (7, 1, 0) and row["p_better"] > 0.95


def test_two_that_fail_where_nothing_bounds_the_metric_do_not_differ(tables, metrics):
    values = eight(m=[0.1] * 8) | {("a", name): ["failed"] * 2 for name in ("m", "clear")}
    rows = compared(tables, metrics, values, metric="error")
    assert rows.loc[("m", "a"), "difference"] == 0 and rows.loc[("m", ALL), "datasets"] == 8
    row = rows.loc["m", ALL]
    assert row["difference"] == pytest.approx(-0.7 / 8) and row["losses"] == 7
    assert row["reason"] == "a failed run counts as infinitely bad" and np.isnan(row["low"])


def test_without_the_reference_there_is_nothing(tables, metrics):
    values = {key: runs for key, runs in eight(m=[0.1] * 8).items() if key[1] == "m"}
    assert compared(tables, metrics, values).empty
