"""F1 scaled between methods, by hand as Tran et al. 2020 have it."""

import pandas as pd
import pytest

from clear.benchmark.report.tables import parts
from clear.benchmark.tables import f1_scaled

MEANS = {  # of each method: cARI, bARI
    "clear": (0.8, 0.2),
    "pca": (0.4, 0.6),
    "scvi": (0.6, 0.0),
    "control_labels": (1.0, 0.0),
}


def table_of(means):
    rows = [
        {"dataset": "yan", "method": method, "metric": metric, "mean": value}
        for method, values in means.items()
        for metric, value in zip(("c_ari", "b_ari"), values, strict=True)
    ]
    same = {"recipe": "standard", "perturbation": "none", "task": "batch", "track": "any"}
    return pd.DataFrame(rows).assign(**same)


def test_each_term_is_scaled_between_the_methods_without_controls(synthetic):
    rows = f1_scaled.make(table_of(MEANS), synthetic.manifest()).set_index("method")
    assert list(rows.index) == ["clear", "pca", "scvi"]
    assert set(rows["methods"]) == {3} and set(rows["metric"]) == {"f1_ari"}
    assert rows["types"].tolist() == pytest.approx([1, 0, 0.5])
    assert rows["batches"].tolist() == pytest.approx([1 / 3, 1, 0])
    expected = [2 * 1 * (2 / 3) / (1 + 2 / 3), 0, 2 * 0.5 / 1.5]
    assert rows["f1_scaled"].tolist() == pytest.approx(expected)


def test_a_method_without_a_term_is_left_out_and_equal_terms_are_a_half(synthetic):
    means = {"clear": (0.8, 0.2), "pca": (0.8, 0.2), "scvi": (0.9, None)}
    rows = f1_scaled.make(table_of(means), synthetic.manifest())
    assert rows["method"].tolist() == ["clear", "pca"]
    assert rows["f1_scaled"].tolist() == pytest.approx([0.5, 0.5])


def test_its_page_has_a_part_per_metric(synthetic):
    manifest = synthetic.manifest()
    (part,) = parts(f1_scaled.TABLE, f1_scaled.make(table_of(MEANS), manifest), manifest)
    assert part["heading"] == "F1 ARI"
    shown = {row["heads"][0]: row["cells"] for row in part["rows"]}
    titles = {name: manifest["methods"][name]["title"] for name in ("clear", "pca", "scvi")}
    assert shown == {
        titles["clear"]: ["0.800"], titles["pca"]: ["0.000"], titles["scvi"]: ["0.667"]
    }  # fmt: skip


def test_a_run_without_batches_has_no_row(synthetic):
    none = table_of(MEANS).assign(task="clustering")
    assert f1_scaled.make(none, synthetic.manifest()).empty
