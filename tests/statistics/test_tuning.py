"""The choice among configurations, against numbers worked out by hand."""

import pandas as pd
import pytest

from clear.benchmark.statistics.tuning import COLUMNS, tuning_table

ABOUT = {"recipe": "standard", "track": "given_k", "perturbation": "none"}
ONES = [
    {"base": "a", "method": "a", "settings": ""},
    {"base": "a", "method": "a_1", "settings": "n 1"},
    {"base": "a", "method": "a_2", "settings": "n 2"},
    {"base": "b", "method": "b", "settings": ""},
]
ARI = {"a": [0.5, 0.7], "a_1": [0.4, 0.4], "a_2": [0.9, 0.7], "b": [0.3, None]}
WIDTH = {"a": [0.2, 0.2], "a_1": [0.1, 0.5], "a_2": [0.0, 0.1]}


@pytest.fixture
def scores():
    rows = [
        ABOUT | {"dataset": "yan", "method": method, "seed": seed, "metric": metric, "value": value}
        for method, values in ARI.items()
        for seed, value in enumerate(values)
        for metric in ("ari", "nmi")
    ]
    table = pd.DataFrame(rows)
    other = table.assign(perturbation="dropout_10", value=1.0)
    return pd.concat([table, other], ignore_index=True)


@pytest.fixture
def widths():
    rows = [
        ABOUT | {"dataset": "yan", "method": method, "seed": seed, "value": value}
        for method, values in WIDTH.items()
        for seed, value in enumerate(values)
    ]
    return pd.DataFrame(rows)


def test_the_largest_width_and_the_largest_ari_are_chosen(scores, widths):
    table = tuning_table(scores, widths, ONES)
    rows = table[table["metric"] == "ari"].set_index(["method", "choice"])
    assert rows["chosen"].to_dict() == {
        ("a", "as on the card"): "a",
        ("a", "by silhouette"): "a_1",
        ("a", "by labels"): "a_2",
        ("b", "as on the card"): "b",
        ("b", "by labels"): "b",
    }
    assert rows["mean"].tolist() == pytest.approx([0.6, 0.4, 0.8, 0.3, 0.3])
    assert rows.at[("a", "by silhouette"), "silhouette"] == pytest.approx(0.3)
    assert rows.at[("a", "by labels"), "sd"] == pytest.approx(0.02**0.5)
    assert rows["scored"].tolist() == [2, 2, 2, 1, 1]
    assert rows["tried"].tolist() == [3, 3, 3, 1, 1]


def test_a_configuration_without_a_score_is_not_chosen(scores, widths):
    scores.loc[scores["method"] == "a_1", "value"] = None
    scores.loc[scores["method"] == "a", "value"] = None
    table = tuning_table(scores, widths, ONES)
    rows = table[(table["metric"] == "ari") & (table["method"] == "a")].set_index("choice")
    assert rows["chosen"].to_dict() == {"by silhouette": "a_2", "by labels": "a_2"}
    assert set(rows["tried"]) == {1}


def test_without_scores_it_is_empty(scores, widths):
    assert tuning_table(scores.iloc[:0], widths.iloc[:0], ONES).columns.tolist() == COLUMNS
