"""Runs that failed count for the rank by each rule, and nothing that is not there is ranked."""

import pandas as pd
import pytest

from clear.benchmark.statistics.summary import statistics_table
from clear.errors import ClearError
from tests.statistics.scores import METHODS, make_scores, ranked, rows_of


def test_a_failed_run_counts_as_the_random_control_for_the_rank_only():
    scores = make_scores(
        [
            ("d", "a", 0, 0.9), ("d", "a", 1, "timeout"),  # for the rank (0.9 + 0.2) / 2 = 0.55
            ("d", "b", 0, 0.6), ("d", "b", 1, 0.6),
            ("d", "c", 0, 0.1), ("d", "c", 1, 0.3),  # 0.2, as a method that always failed
            ("d", "d", 0, "failed"), ("d", "d", 1, "bad_output"),
            ("d", "control_random", 0, 0.2),
        ]
    )  # fmt: skip
    found = rows_of(ranked(scores, **METHODS, control_random="control"), "d")

    def by(rule):
        return [found[name][rule] for name in "abcd"]

    assert by("rank") == [2, 1, 3.5, 3.5]
    assert by("rank_worst") == [2, 1, 3, 4]  # the lowest score there is 0.1: 0.5, 0.6, 0.2, 0.1
    assert by("rank_dropped") == [1, 2, 3, None]
    assert by("rank_common") == [None] * 4  # a failed once, so not every run has a score
    assert found["a"]["mean"] == pytest.approx(0.9)
    assert found["a"]["lost"] == {"timeout": 1}
    assert (found["a"]["scored"], found["a"]["planned"]) == (1, 2)
    assert found["d"]["mean"] is None
    assert found["d"]["lost"] == {"failed": 1, "bad_output": 1}
    assert found["control_random"]["rank"] is None


def test_two_methods_without_any_score_share_the_last_ranks():
    scores = make_scores(
        [("d", "a", 0, 0.0), ("d", "b", 0, "failed"), ("d", "c", 0, "out_of_memory")]
    )
    found = rows_of(ranked(scores, **METHODS), "d")
    assert {name: row["rank"] for name, row in found.items()} == {"a": 1, "b": 2.5, "c": 2.5}


def test_not_installed_and_not_applicable_are_shown_but_not_ranked():
    scores = make_scores(
        [
            ("d", "a", 0, 0.5), ("d", "b", 0, "not_installed"),
            ("d", "c", 0, "not_applicable"), ("d", "d", 0, 0.4),
        ]
    )  # fmt: skip
    found = rows_of(ranked(scores, **METHODS), "d")
    assert {n: r["rank"] for n, r in found.items()} == {"a": 1, "d": 2, "b": None, "c": None}
    assert found["b"]["lost"] == {"not_installed": 1}


def test_a_metric_without_a_value_counts_as_failed():
    scores = make_scores([("d", "a", 0, float("nan")), ("d", "b", 0, 0.1)])
    found = rows_of(ranked(scores, a="upstream", b="upstream"), "d")
    assert found["a"]["lost"] == {"undefined": 1}
    assert (found["a"]["mean"], found["a"]["rank"]) == (None, 2)


def test_a_track_on_which_a_run_has_no_score_is_lost_there_and_nowhere_else():
    scores = make_scores([("d", "a", 0, 0.5), ("d", "a", 1, 0.7)])
    elsewhere = make_scores([("e", "a", 0, 0.1)], track="estimated_k")
    lost = make_scores([("d", "a", 0, "not_applicable")]).assign(track="estimated_k")
    found = ranked(pd.concat([scores, elsewhere, lost]), a="upstream")
    assert rows_of(found, "d")["a"]["lost"] == {}
    row = rows_of(found, "d", "estimated_k")["a"]
    assert row["lost"] == {"not_applicable": 1, "undefined": 1}
    assert (row["scored"], row["planned"]) == (0, 2)


def test_where_lower_is_better_the_lowest_is_first_and_a_failed_run_is_worse_than_any():
    scores = make_scores(
        [
            ("d", "a", 0, 2.0), ("d", "a", 1, 3.0),  # 2.5
            ("d", "b", 0, 1.0), ("d", "b", 1, "failed"),  # for rank_worst (1 + 5) / 2 = 3
            ("d", "c", 0, 5.0), ("d", "c", 1, 5.0),
            ("d", "d", 0, "failed"), ("d", "d", 1, "failed"),
        ],
        metric="error",
    )  # fmt: skip
    found = rows_of(ranked(scores, **METHODS), "d", metric="error")
    assert [found[name]["rank"] for name in "abcd"] == [1, 3.5, 2, 3.5]
    assert [found[name]["rank_worst"] for name in "abcd"] == [1, 2, 3.5, 3.5]
    random = make_scores([("d", "control_random", 0, 6.0)], metric="error")
    table = ranked(pd.concat([scores, random]), **METHODS, control_random="control")
    found = rows_of(table, "d", metric="error")
    assert [found[name]["rank"] for name in "abcd"] == [1, 2, 3, 4]  # 2.5, 3.5, 5, 6


def test_unknown_status_is_an_error():
    scores = make_scores([("d", "a", 0, "exploded")])
    with pytest.raises(ClearError, match="exploded"):
        ranked(scores, a="upstream")


def test_a_perturbation_under_which_every_run_fails_has_rows_that_say_so():
    scores = make_scores([("x", "a", 0, 0.9), ("x", "b", 0, 0.8)])
    failed = make_scores([("x", "a", 0, "timeout"), ("x", "b", 0, "failed")])
    scores = pd.concat([scores, failed.assign(perturbation="dropout_80")], ignore_index=True)
    statistics = statistics_table(scores, {"clustering": {"a": ["given_k"], "b": ["given_k"]}})
    rows = statistics[statistics["perturbation"] == "dropout_80"].set_index("method")
    assert rows["lost"].to_dict() == {"a": "1 timeout", "b": "1 failed"}
    assert rows["mean"].isna().all() and set(rows["metric"]) == {"ari"}


def test_nothing_scored_gives_no_rows():
    scores = make_scores([("d", "a", 0, "failed")])
    assert ranked(scores, a="upstream") == []


def test_a_dataset_on_which_nobody_is_ranked_has_rows_without_a_rank():
    scores = make_scores([("d", "random", 0, 0.1), ("d", "absent", 0, "not_installed")])
    table = rows_of(ranked(scores, random="control", absent="upstream"), "d")
    assert {method: row["rank"] for method, row in table.items()} == {
        "random": None,
        "absent": None,
    }
