"""The line that ends a command names what did not succeed."""

import pandas as pd

from clear.benchmark.report.lost_runs import lost_runs


def table(*rows):
    return pd.DataFrame(rows, columns=["method", "status", "message"])


def test_nothing_is_said_where_all_succeeded():
    assert lost_runs(table(("pca", "ok", None))) is None


def test_runs_are_counted_by_method_and_status():
    rows = [("nmf", "failed", "KeyError: 'k'"), ("nmf", "failed", "other"), ("pca", "ok", None)]
    rows += [("scvi", "out_of_memory", None)]
    assert lost_runs(table(*rows)) == (
        "3 of 4 runs did not succeed: nmf (2 failed: KeyError: 'k'); scvi (1 out of memory)"
    )


def test_what_is_not_applicable_hides_no_failure():
    rest = [(f"m{i}", "not_applicable", "has no batch") for i in range(8)]
    assert lost_runs(table(*rest)) == "8 of 8 runs did not succeed: 8 not applicable"
    assert lost_runs(table(*rest, ("nmf", "timeout", None))) == (
        "9 of 9 runs did not succeed: nmf (1 timeout); 8 not applicable"
    )


def test_only_a_few_methods_are_named():
    line = lost_runs(table(*((f"m{i}", "timeout", "t") for i in range(8))))
    assert line.startswith("8 of 8 runs") and line.endswith(" and 3 more")
    assert "m4" in line and "m5" not in line
