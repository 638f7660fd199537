"""Costs as multiples of the reference's, on the datasets that both have."""

import pandas as pd
import pytest

from clear.benchmark.statistics.relative_costs import relative_costs_table


def test_geometric_means_over_common_datasets():
    walls = {("x", "clear"): 10, ("y", "clear"): 1000, ("x", "m"): 20, ("y", "m"): 500}
    walls |= {("x", "few"): 1, ("y", "few"): None, ("x", "never"): None}
    rows = [
        {"dataset": d, "method": m, "wall_s": wall, "peak_memory_mb": wall and 100}
        for (d, m), wall in walls.items()
    ]
    costs = pd.DataFrame(rows).assign(recipe="standard", perturbation="none")
    table = relative_costs_table(costs, ["clear", "absent"]).set_index("method")
    assert table["wall_s"].to_dict() == pytest.approx({"m": 1, "few": 0.1})
    assert table["peak_memory_mb"].to_dict() == pytest.approx({"m": 1, "few": 1})
    assert table["reference_wall_s"].to_dict() == pytest.approx({"m": 100, "few": 100})
    assert table["datasets"].to_dict() == {"m": 2, "few": 1}
