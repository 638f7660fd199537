"""Ranks, means and spreads against numbers worked out by hand."""

import pandas as pd
import pytest

from clear.benchmark.statistics.ranks import ALL, ALL_AND_TUNED
from clear.benchmark.statistics.summary import statistics_table
from tests.statistics.scores import METHODS, make_scores, ranked, rows_of


def test_one_dataset_mean_sd_and_ranks_with_a_tie():
    scores = make_scores(
        [
            ("d", "a", 0, 0.2), ("d", "a", 1, 0.4),
            ("d", "b", 0, 0.9), ("d", "b", 1, 0.7),
            ("d", "c", 0, 0.1), ("d", "c", 1, 0.5),
            ("d", "d", 0, 0.1),
        ]
    )  # fmt: skip
    found = rows_of(ranked(scores, **METHODS), "d")
    assert list(found) == ["b", "a", "c", "d"]
    assert [row["rank"] for row in found.values()] == [1, 2.5, 2.5, 4]
    assert found["a"]["mean"] == pytest.approx(0.3)
    assert found["a"]["sd"] == pytest.approx(0.02**0.5)  # squares 0.01 + 0.01, over n - 1 = 1
    assert found["d"]["sd"] is None
    assert (found["d"]["scored"], found["d"]["planned"], found["d"]["lost"]) == (1, 1, {})


def test_controls_neither_get_nor_take_a_rank_and_only_the_random_one_is_a_penalty():
    kinds = {"a": "upstream", "b": "upstream", "low": "control", "high": "control"}
    scores = make_scores(
        [
            ("d", "a", 0, 0.8), ("d", "a", 1, "failed"),  # with ARI's lowest, -0.5: 0.15
            ("d", "b", 0, 0.2), ("d", "b", 1, 0.2),
            ("d", "low", 0, 0.0), ("d", "high", 0, 1.0),  # with the control's 0: 0.4
        ]
    )  # fmt: skip
    found = rows_of(ranked(scores, **kinds), "d")
    assert {n: r["rank"] for n, r in found.items()} == {"b": 1, "a": 2, "low": None, "high": None}
    assert found["high"]["mean"] == 1


def test_all_datasets_means_differences_and_spreads():
    kinds = {"a": "upstream", "b": "upstream"}
    scores = make_scores(
        [
            ("x", "a", 0, 0.6), ("x", "a", 1, 0.8),  # mean 0.7, sd 0.1414
            ("x", "b", 0, 0.5), ("x", "b", 1, 0.5),  # mean 0.5, sd 0
            ("y", "a", 0, 0.1), ("y", "a", 1, 0.3),  # mean 0.2, sd 0.1414
            ("y", "b", 0, 0.9), ("y", "b", 1, 0.9),  # mean 0.9
            ("z", "a", 0, 0.4), ("z", "a", 1, 0.4),  # mean 0.4, sd 0
            ("z", "b", 0, "timeout"), ("z", "b", 1, "timeout"),  # no mean
        ]
    )  # fmt: skip
    table = ranked(scores, **kinds)
    found = rows_of(table, ALL)
    # b's failed runs count as -0.5: a is better by (0.2 - 0.7 + 0.9) / 3
    assert (found["a"]["rank"], found["b"]["rank"]) == (1, 2)
    assert (found["a"]["rank_dropped"], found["b"]["rank_dropped"]) == (2, 1)  # on x and y
    assert found["a"]["mean"] == pytest.approx(1.3 / 3)
    assert found["b"]["mean"] == pytest.approx(0.7)
    assert found["a"]["sd"] == pytest.approx(2 * 0.02**0.5 / 3)
    assert (found["b"]["datasets"], found["b"]["of"]) == (2, 3)
    assert (found["b"]["scored"], found["b"]["planned"]) == (4, 6)
    assert found["b"]["lost"] == {"timeout": 2}
    assert table[0]["dataset"] == ALL


@pytest.mark.parametrize(
    ("column", "other"),
    [
        ("recipe", "released"),
        ("perturbation", "dropout_50"),
        ("task", "batch"),
        ("track", "estimated_k"),
        ("metric", "error"),
    ],
)
def test_views_are_ranked_apart(column, other):
    first = make_scores([("d", "a", 0, 0.9), ("d", "b", 0, 0.1)])
    second = make_scores([("d", "a", 0, 0.2), ("d", "b", 0, 0.3), ("d", "b", 1, 0.5)])
    if column == "metric":  # of which the lower is better
        second["value"] *= -1
    table = ranked(pd.concat([first, second.assign(**{column: other})]), a="upstream", b="upstream")
    rows = [row for row in table if row["dataset"] == "d"]
    assert [row["method"] for row in rows] == ["a", "b", "b", "a"]
    assert [row["rank"] for row in rows] == [1, 2, 1, 2]
    assert [abs(row["mean"]) for row in rows] == pytest.approx([0.9, 0.1, 0.4, 0.2])
    assert [row[column] == other for row in rows] == [False, False, True, True]


def test_a_metric_that_ranks_nothing_has_means_only():
    scores = make_scores([("d", "a", 0, 7.0), ("d", "b", 0, 9.0)], metric="n_clusters")
    found = rows_of(ranked(scores, a="upstream", b="upstream"), "d", metric="n_clusters")
    assert [(r["rank"], r["mean"]) for r in found.values()] == [(None, 7.0), (None, 9.0)]


def test_a_method_is_absent_from_a_track_that_it_does_not_serve():
    given = make_scores([("d", "a", 0, 0.9), ("d", "broken", 0, "failed")])
    own_k = make_scores([("d", "own", 0, 0.3)], track="own_k")
    own = "upstream clusters_estimated_k"
    table = ranked(pd.concat([given, own_k]), a="upstream", own=own, broken=own)
    assert list(rows_of(table, "d")) == ["a"]
    assert list(rows_of(table, "d", "own_k")) == ["own", "broken"]


def test_both_spreads_are_kept_apart():
    scores = make_scores([("d", "a", 0, 0.5), ("d", "a", 1, 0.7)])
    scores["scorer_sd"] = [0.03, 0.04]
    (row,) = statistics_table(scores, {"clustering": {"a": ["given_k"]}}).to_dict("records")
    assert row["sd"] == pytest.approx(0.02**0.5)
    assert row["scorer_sd"] == pytest.approx(((0.0009 + 0.0016) / 2) ** 0.5)


def test_means_that_differ_in_the_last_bit_are_ties():
    scores = make_scores([("d", "a", 0, 0.1 + 0.2), ("d", "b", 0, 0.3)])
    found = rows_of(ranked(scores, a="upstream", b="upstream"), "d")
    assert [row["rank"] for row in found.values()] == [1.5, 1.5]


def test_a_method_is_not_compared_where_its_settings_were_chosen():
    scores = make_scores(
        [
            ("x", "a", 0, 0.9), ("x", "b", 0, 0.1), ("x", "c", 0, 0.2),
            ("y", "a", 0, 0.2), ("y", "b", 0, 0.3), ("y", "c", 0, 0.1),
            ("z", "a", 0, 0.2), ("z", "b", 0, 0.3), ("z", "c", 0, 0.1),
        ]
    )  # fmt: skip
    table = ranked(scores, {"a": ["x"]}, a="upstream", b="upstream", c="upstream")
    there, all_sets = rows_of(table, "x"), rows_of(table, ALL)
    assert {n: r["rank"] for n, r in there.items()} == {"c": 1, "b": 2, "a": None}
    assert there["a"]["mean"] == 0.9
    # on y and z a is between b and c; b and c are compared on all sets
    assert {n: r["rank"] for n, r in all_sets.items()} == {"b": 1, "a": 2, "c": 3}
    assert all_sets["a"]["mean"] == 0.2
    assert [all_sets["a"][key] for key in ("datasets", "of", "tuned")] == [2, 3, 1]
    both = rows_of(table, ALL_AND_TUNED)
    assert {n: r["rank"] for n, r in both.items()} == {"a": 1, "b": 2, "c": 3}
    assert both["a"]["mean"] == pytest.approx(1.3 / 3)
    assert rows_of(ranked(scores, a="upstream", b="upstream", c="upstream"), ALL_AND_TUNED) == {}
