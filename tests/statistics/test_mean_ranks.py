"""Friedman's test and the critical difference against Demšar's example."""

import numpy as np
import pytest

from clear.benchmark.statistics.mean_ranks import critical_difference, friedman, mean_rank_table
from clear.benchmark.statistics.ranks import ALL, ALL_AND_TUNED

# AUC of four variants of C4.5 on 14 datasets: table 6 of Demšar 2006.
DEMSAR = np.array([
    [.763, .768, .771, .798], [.599, .591, .590, .569], [.954, .971, .968, .967],
    [.628, .661, .654, .657], [.882, .888, .886, .898], [.936, .931, .916, .931],
    [.661, .668, .609, .685], [.583, .583, .563, .625], [.775, .838, .866, .875],
    [1, 1, 1, 1], [.940, .962, .965, .962], [.619, .666, .614, .669], [.972, .981, .975, .973],
    [.957, .978, .946, .970],
])  # fmt: skip


def scores(matrix, names="abcd"):
    return {
        (f"set{i}", name): [float(value)]
        for i, row in enumerate(matrix)
        for name, value in zip(names, row, strict=True)
    }


def test_demsars_mean_ranks_and_critical_difference(tables, metrics):
    _, statistics = tables(scores(DEMSAR))
    table = mean_rank_table(statistics, metrics, [], {})
    assert table["mean_rank"].tolist() == pytest.approx([3.143, 2.0, 2.893, 1.964], abs=5e-4)
    assert set(table["dataset"]) == {ALL}
    assert (table["datasets"].iloc[0], table["methods"].iloc[0]) == (14, 4)
    assert table["critical_difference"].iloc[0] == pytest.approx(1.25, abs=0.01)
    # Demšar has chi2 = 9.28 without a correction for ties: here four are tied once, two thrice.
    ties = (4**3 - 4) + 3 * (2**3 - 2)
    assert table["chi2"].iloc[0] == pytest.approx(9.28 / (1 - ties / (14 * (4**3 - 4))), abs=0.02)


def test_friedman_at_its_ends():
    same = np.tile([0.1, 0.2, 0.3], (6, 1))
    # three orders of six datasets are the same by chance once in 3!^5
    assert friedman(same)["f"] == np.inf and friedman(same)["p"] == pytest.approx(1 / 6**5)
    assert friedman(np.tile(np.arange(60.0), (9, 1)))["p"] == 1e-300
    assert friedman(np.ones((6, 3))) == {"chi2": 0, "f": 0, "p": 1}


def test_the_critical_difference_of_24_methods_on_10_datasets():
    assert critical_difference(24, 10) == pytest.approx(11.5, abs=0.1)
    # Demšar's table of q at .05: 1.960 of 2 methods, 3.164 of 10
    assert critical_difference(10, 6) / np.sqrt(110 / 36) == pytest.approx(3.164, abs=1e-3)


def test_all_need_all_datasets_and_the_rest_is_said(tables, metrics):
    values = scores(np.random.default_rng(0).random((8, 4)))
    values |= {(f"set{i}", "rare"): [0.9] for i in range(3)}
    values |= {("set0", "control_random"): [0.0], ("set7", "d"): ["not_applicable"]}
    _, statistics = tables(values)
    table = mean_rank_table(statistics, metrics, ["control_random"], {"a": ["set6"]})
    rows = table[table["dataset"] == ALL].set_index("method")
    assert rows.loc["rare", "reason"] == "compared on 3 of 8 datasets only"
    assert list(rows.index) == ["a", "b", "c", "d", "rare"]
    assert (rows.loc["a", "datasets"], rows.loc["a", "methods"]) == (6, 4)  # without set6, set7
    everything = table[table["dataset"] == ALL_AND_TUNED].set_index("method")
    assert everything.loc["a", "datasets"] == 7
    few = {key: runs for key, runs in values.items() if key[0] != "set1"}
    table = mean_rank_table(tables(few)[1], metrics, ["control_random"], {"a": ["set6"]})
    row = table[table["dataset"] == ALL].iloc[0]
    assert row["reason"].startswith("4 methods on 5 common datasets are too few")
    assert np.isnan(row["mean_rank"]) and np.isnan(row["p"])
