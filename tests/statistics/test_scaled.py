"""Means on the scale between the controls."""

import numpy as np
import pytest

from clear.benchmark.statistics.ranks import ALL, rank_table
from clear.benchmark.statistics.scaled import scaled

CONTROLS = ["control_random", "control_labels"]


def by_cell(statistics, metric):
    found = scaled(statistics, metric)
    return dict(zip(zip(statistics["dataset"], statistics["method"], strict=True), found,
                    strict=True))  # fmt: skip


def test_a_score_is_scaled_between_the_controls_of_its_dataset(tables, metrics):
    values = {
        ("d", "a"): [0.5, 0.6], ("d", "control_random"): [0.1, 0.0], ("d", "control_labels"): [0.9],
        ("e", "a"): [0.6], ("e", "control_random"): [0.0], ("e", "control_labels"): [0.8],
        ("f", "a"): [0.6], ("f", "control_random"): [0.0], ("f", "control_labels"): ["failed"],
        ("g", "a"): [0.6], ("g", "control_random"): [0.6], ("g", "control_labels"): [0.64],
    }  # fmt: skip
    _, statistics = tables(values)
    found = by_cell(statistics, metrics["ari"])
    assert found["d", "a"] == pytest.approx((0.55 - 0.05) / 0.85)
    assert found["e", "a"] == pytest.approx(0.75)
    assert (found["d", "control_random"], found["d", "control_labels"]) == (0, 1)
    assert np.isnan([found["f", "a"], found["g", "a"]]).all()
    ranks = rank_table(statistics, metrics, CONTROLS, {})
    ranks = ranks.set_index(["dataset", "method"])["scaled"]
    assert ranks[ALL, "a"] == pytest.approx((0.5 / 0.85 + 0.75) / 2)
    assert ranks["e", "a"] == found["e", "a"]


def test_where_less_is_better_the_labels_control_is_one_too(tables, metrics):
    values = {("d", "a"): [2.0], ("d", "control_random"): [6.0], ("d", "control_labels"): [1.0]}
    _, statistics = tables(values, "error")
    assert by_cell(statistics, metrics["error"])["d", "a"] == pytest.approx(0.8)
    _, statistics = tables(values, "n_clusters")
    assert np.isnan(list(by_cell(statistics, metrics["n_clusters"]).values())).all()
