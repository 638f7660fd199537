"""The differences of an ablation against numbers worked out by hand."""

import math

import pandas as pd
import pytest

from clear.benchmark.statistics.ablation import COLUMNS, ablation_table
from clear.benchmark.statistics.ranks import ALL

ARMS = [
    {
        "design": "anchor",
        "name": "released",
        "towards": "",
        "change": {},
        "method": "base",
        "reference": None,
    },
    {
        "design": "single",
        "name": "noise sd",
        "towards": "paper",
        "change": {"noise_sd": (0.5, 0.2)},
        "method": "less_noise",
        "reference": "base",
    },
    *(
        {"design": "path", "name": name, "towards": "paper", "change": {}, "method": method}
        | {"reference": reference}
        for name, method, reference in [
            ("noise sd", "less_noise", "base"),
            ("queue", "queue", "less_noise"),
        ]
    ),
]
ABOUT = {"recipe": "standard", "perturbation": "none", "task": "clustering", "track": "given_k"}
VALUES = {  # dataset, method: value by seed
    ("a", "base"): [0.1, 0.2],
    ("b", "base"): [0.5, 0.7],
    ("a", "less_noise"): [0.3, 0.2],
    ("b", "less_noise"): [0.5, 0.9],
    ("a", "queue"): [0.3],
    ("b", "queue"): [0.1, math.nan],
}


@pytest.fixture
def table():
    rows = [
        ABOUT | {"dataset": d, "method": m, "seed": seed, "metric": "ari", "value": value}
        for (d, m), values in VALUES.items()
        for seed, value in enumerate(values)
    ]
    return ablation_table(pd.DataFrame(rows), ARMS).set_index(["design", "name", "dataset"])


def test_a_switch_is_compared_with_the_preset_in_pairs(table):
    row = table.loc["single", "noise sd", ALL]
    assert row["reference"] == "base" and row["change"] == "noise_sd 0.5 → 0.2"
    # a: .2, 0 (mean .1); b: 0, .2 (mean .1); by seed over both sets .1 and .1
    assert row["difference"] == pytest.approx(0.1) and row["difference_error"] == pytest.approx(0)
    assert row["mean"] == pytest.approx((0.25 + 0.7) / 2) and row["pairs"] == 4
    row = table.loc["single", "noise sd", "a"]
    assert row["difference"] == pytest.approx(0.1) and row["difference_error"] == pytest.approx(0.1)
    assert row["mean_error"] == pytest.approx(0.05)  # .3 and .2


def test_a_step_is_compared_with_the_step_before(table):
    first, second = table.loc["path", "noise sd", ALL], table.loc["path", "queue", ALL]
    assert (first["reference"], second["reference"]) == ("base", "less_noise")
    # only seed 0 has both: a 0, b -.4
    assert second["difference"] == pytest.approx(-0.2) and second["pairs"] == 2
    assert math.isnan(second["difference_error"])


def test_an_anchor_has_no_reference(table):
    row = table.loc["anchor", "released", ALL]
    assert row["pairs"] == 0 and math.isnan(row["difference"])
    assert row["mean"] == pytest.approx(0.375)


def test_a_run_without_scores_is_an_empty_table():
    empty = pd.DataFrame(columns=[*ABOUT, "dataset", "method", "seed", "metric", "value"])
    assert ablation_table(empty, ARMS).columns.tolist() == COLUMNS
