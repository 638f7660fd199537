"""The ranking on the page repeats the tables' numbers, with and without its script."""

import pandas as pd
import pytest

from clear.benchmark.report.rankings import task_sections
from clear.benchmark.report.texts import DASH
from clear.benchmark.statistics.ranks import ALL
from clear.benchmark.tsv import read_table
from tests.report.reading import Reader, after_the_claims, costs_of, data_of, ranks_of, view_of


def test_default_ranking_is_in_the_html_without_a_script(small_run):
    reader = Reader(after_the_claims(small_run.page()))
    expected = [row for row in ranks_of(small_run) if view_of(row) == (ALL, "given_k", "ari")]
    shown = reader.rows[1 : 1 + len(expected)]
    assert len(expected) == 6
    for row, cells in zip(expected, shown, strict=True):
        assert cells[1] == small_run.manifest["methods"][row["method"]]["title"]
        assert cells[3] == (DASH if pd.isna(row["mean"]) else f"{row['mean']:.3f}")
        assert cells[7] == f"{row['scored']} / {row['planned']}"
    by_method = {cells[1]: cells for cells in shown}
    assert by_method["Seurat"][0] == DASH
    assert by_method["Seurat"][8] == "5 not installed"
    assert by_method["scVI"][6] == "4 / 5"
    assert by_method["Control: labels"][0] == "control"


def test_data_for_the_script_hold_every_row_as_text(small_run):
    data = data_of(small_run.page())
    table = ranks_of(small_run)
    assert len(data["rows"]) == len(table)
    assert all(isinstance(cell, str) for row in data["rows"] for cell in row[7:])
    for shown, row in zip(data["rows"], table, strict=True):
        title = small_run.manifest["methods"][row["method"]]["title"]
        assert data["methods"][shown[5]] == title
        assert shown[6] == row["method"].startswith("control")
    assert data["datasets"][:2] == ["All datasets", "Yan"]


def test_metrics_show_their_range_direction_and_source(small_run):
    rows = Reader(small_run.page()).rows
    assert ["ARI", "\u22120.5 to 1", "higher is better", "Hubert and Arabie 1985"] in rows
    assert ["Clusters", "at least 1", "not ranked", "counted"] in rows


def two_recipes(run):
    """The same run with a second recipe, on which every score is 0.1 lower."""
    for name in ("scores", "runs"):
        table = getattr(run, name)
        lower = table.assign(recipe="released")
        if name == "scores":
            lower["value"] -= 0.1
        else:
            lower["wall_s"] += 1000
        setattr(run, name, pd.concat([table, lower], ignore_index=True))
    run.manifest["config"]["recipes"] = ["standard", "released"]
    return run


def test_recipes_are_ranked_and_timed_apart(small_run):
    one = costs_of(small_run)["rows"][0]["cells"][0]
    run = two_recipes(small_run)
    costs = costs_of(run)
    titles = dict(zip(costs["columns"], costs["rows"][0]["cells"], strict=True))
    assert titles["Yan"] == one != titles["Yan (as in the released code)"]
    html = run.page()
    assert 'name="recipe"' in html
    data = data_of(html)
    assert data["recipes"] == ["our preparation", "as in the released code"]
    ari = data["metrics"].index("ARI")
    texts = {tuple(row[:7]): row[8] for row in data["rows"] if row[4] == ari}
    means = {key: text.replace("\u2212", "-") for key, text in texts.items()}
    for (recipe, *rest), mean in means.items():
        if recipe == 0 and mean != DASH:
            assert float(means[1, *rest]) == pytest.approx(float(mean) - 0.1, abs=0.0011)
    shown = [cells for cells in Reader(html).rows if cells and cells[1:2] == ["CLEAR"]]
    assert shown[0][3] == next(
        row[8] for row in data["rows"]
        if row[:5] == [0, 0, 0, 0, ari] and data["methods"][row[5]] == "CLEAR"
    )  # fmt: skip


def test_places_by_each_rule_and_where_settings_were_chosen(small_run):
    small_run.manifest["methods"]["clear"]["tuned_on"] = ["yan"]
    small_run.write()
    ranks = read_table(small_run.folder / "ranks.tsv")
    (view,) = (section["data"] for section in task_sections(ranks, small_run.manifest))
    assert view["datasets"][1] == "All datasets, also where settings were chosen on them"
    of_clear = {tuple(row[2:5]): row for row in view["rows"] if row[5] == 0}
    assert [of_clear[i, 0, 0][7] for i in (0, 1)] == ["1", "1"]
    assert of_clear[view["datasets"].index("Yan"), 0, 0][7] == "tuned here"
    assert of_clear[0, 0, 0][10:12] == ["0.010", "4 / 5"]
    assert of_clear[0, 0, 0][14] == "1 / 1 / 1"
    assert "Its settings were chosen by scores on Yan." in small_run.page()
    clusters = view["metrics"].index("Clusters")
    assert {row[7] for row in view["rows"] if row[4] == clusters} == {DASH, "control"}
