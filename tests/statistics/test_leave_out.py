"""Ranks without a group of datasets are the ranks of the others."""

from clear.benchmark.statistics.leave_out import leave_out_table


def test_the_tissues_of_one_atlas_are_left_out_together(tables, metrics):
    values = {("x", "a"): [0.9], ("x", "b"): [0.5], ("x", "control_random"): [0.0]}
    values |= {(f"tissue{i}", "a"): [0.4] for i in range(3)}
    values |= {(f"tissue{i}", "b"): [0.6] for i in range(3)}
    groups = {"x": "x"} | {f"tissue{i}": "atlas" for i in range(3)}
    _, statistics = tables(values)
    table = leave_out_table(statistics, metrics, ["control_random"], {}, groups)
    found = table.set_index(["left_out", "method"])["rank"].to_dict()
    # all: a is ahead by .4 - 3 * .2 < 0
    assert found == {
        ("x", "a"): 2, ("x", "b"): 1, ("atlas", "a"): 1, ("atlas", "b"): 2,
    }  # fmt: skip
    assert table.set_index("left_out")["datasets"].to_dict() == {"x": 3, "atlas": 1}
    one = dict.fromkeys(groups, "atlas")
    assert leave_out_table(statistics, metrics, ["control_random"], {}, one).empty
    tuned = {"a": ["x"]}
    table = leave_out_table(statistics, metrics, ["control_random"], tuned, groups)
    assert table[table["left_out"] == "atlas"].set_index("method")["rank"].isna()["a"]
