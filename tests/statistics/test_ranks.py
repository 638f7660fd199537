"""Ranks, means and spreads against numbers worked out by hand."""

import pandas as pd
import pytest

from clear.benchmark.statistics.ranks import ALL, ALL_AND_TUNED, rank_table
from clear.benchmark.statistics.summary import lost_runs, statistics_table
from clear.benchmark.tasks.clustering import TASK
from clear.errors import ClearError

ROW = {"recipe": "standard", "perturbation": "none", "task": "clustering", "status": "ok"}
ROW |= {"scorer_sd": None}


METRICS = {
    "ari": {"better": "higher", "low": -0.5, "high": 1},
    "n_clusters": {"better": None, "low": 1, "high": None},
    "error": {"better": "lower", "low": 0, "high": None},
}


def ranked(scores, tuned_on=None, **implementations):
    """Rows of the table of ranks; outputs of a method other than an embedding after its kind."""
    kinds = {name: kind.split() for name, kind in implementations.items()}
    served = {
        name: TASK.served({"outputs": kind[1:] or ["embedding"]}) for name, kind in kinds.items()
    }
    statistics = statistics_table(scores, {"clustering": served, "batch": served})
    controls = [name for name, kind in kinds.items() if kind[0] == "control"]
    table = rank_table(statistics, METRICS, controls, tuned_on or {}).astype(object)
    return table.where(table.notna(), None).to_dict("records")


def make_scores(rows, track="given_k", metric="ari"):
    """Rows of (dataset, method, seed, value or status)."""
    table = []
    for dataset, method, seed, value in rows:
        row = ROW | {"dataset": dataset, "method": method, "seed": seed}
        if isinstance(value, str):
            row |= {"status": value, "track": None, "metric": None, "value": float("nan")}
        else:
            row |= {"track": track, "metric": metric, "value": value}
        table.append(row)
    return pd.DataFrame(table)


def rows_of(table, dataset, track="given_k", metric="ari"):
    view = (dataset, track, metric)
    return {
        row["method"]: row | {"lost": lost_runs(row["lost"])}
        for row in table
        if (row["dataset"], row["track"], row["metric"]) == view
    }


METHODS = {"a": "upstream", "b": "upstream", "c": "reimplementation", "d": "upstream"}


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


def test_a_method_is_not_compared_where_its_settings_were_chosen():
    scores = make_scores(
        [
            ("x", "a", 0, 0.9), ("x", "b", 0, 0.1), ("x", "c", 0, 0.2),
            ("y", "a", 0, 0.2), ("y", "b", 0, 0.3), ("y", "c", 0, 0.1),
        ]
    )  # fmt: skip
    table = ranked(scores, {"a": ["x"]}, a="upstream", b="upstream", c="upstream")
    there, all_sets = rows_of(table, "x"), rows_of(table, ALL)
    assert {n: r["rank"] for n, r in there.items()} == {"c": 1, "b": 2, "a": None}
    assert there["a"]["mean"] == 0.9
    # on y a is between b and c; b and c are compared on both sets
    assert {n: r["rank"] for n, r in all_sets.items()} == {"b": 1, "a": 2, "c": 3}
    assert all_sets["a"]["mean"] == 0.2
    assert [all_sets["a"][key] for key in ("datasets", "of", "tuned")] == [1, 2, 1]
    both = rows_of(table, ALL_AND_TUNED)
    assert {n: r["rank"] for n, r in both.items()} == {"a": 1, "b": 2, "c": 3}
    assert both["a"]["mean"] == pytest.approx(0.55)
    assert rows_of(ranked(scores, a="upstream", b="upstream", c="upstream"), ALL_AND_TUNED) == {}


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
