"""Costs are medians of the runs that succeeded."""

import pandas as pd

from clear.benchmark.statistics.costs import costs_table

ABOUT = {"dataset": "d", "recipe": "standard", "perturbation": "none", "status": "ok"}


def run(method, wall, memory, **keys):
    row = ABOUT | {"method": method, "wall_s": wall, "cpu_s": wall, "peak_memory_mb": memory}
    return row | {"peak_gpu_memory_mb": None} | keys


def test_medians_and_numbers_of_runs():
    runs = [run("a", wall, 10 * wall) for wall in (1.0, 2.0, 9.0)]
    runs += [run("a", 1e6, 1e6, status="timeout"), run("b", 5.0, 50.0, status="failed")]
    runs += [run("a", 7.0, 70.0, recipe="released")]
    table = costs_table(pd.DataFrame(runs)).set_index(["method", "recipe"])
    assert table.loc[("a", "standard"), ["succeeded", "planned"]].tolist() == [3, 4]
    assert table.loc[("a", "standard"), ["wall_s", "peak_memory_mb"]].tolist() == [2, 20]
    assert table.loc[("a", "released"), "wall_s"] == 7
    assert table.loc[("b", "standard"), "succeeded"] == 0
    assert pd.isna(table.loc[("b", "standard"), "wall_s"])
