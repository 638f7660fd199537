"""Tables S7 to S12: a row per row of a case study's tables, and what their pages show of them."""

import numpy as np
import pandas as pd
import pytest

from clear.benchmark.report.tables import as_text, parts, write
from clear.benchmark.tables import s7, s8, s9, s10, s11, s12
from clear.benchmark.tables.table import all_tables

CARD = {"title": "Cohort", "statuses": ["well", "mild", "bad"], "focus": ["mono", "B"]}
MANIFEST = {
    "config": {"run": "x", "quick": False},
    "datasets": {"x": CARD},
    "methods": {"pca": {"title": "PCA"}, "clear": {"title": "CLEAR"}},
}
NOTHING = {"variants": None, "tuning": False}


def studies(table):
    """Return a table as two embeddings of a case study have it."""
    about = {"dataset": "x", "recipe": "standard"}
    return pd.concat(
        [table.assign(**about, method=name) for name in ("pca", "clear")], ignore_index=True
    )


def differential():
    rows = [
        {"type": kind, "status": status, "reference": "well", "gene": f"g{number}"}
        | {"log2fc_donors": 1.5, "p_donors": p, "q_donors": p, "log2fc_cells": -0.25}
        | {"p_cells": 1e-9 * (number + 1), "q_cells": 1e-8, "n_donors": 3, "n_donors_reference": 4}
        for kind in ("B", "mono")
        for status in ("bad", "mild")
        for number, p in enumerate([0.5, 0.01, *[np.nan] * 58])
    ]
    return studies(pd.DataFrame(rows))


def test_donors_stand_once_in_the_order_of_their_status():
    shares = pd.DataFrame({"type": ["B", "B", "T"], "donor": ["d2", "d1", "d2"]})
    shares = shares.assign(status=["well", "bad", "well"], cells=[1, 2, 3], total=[4, 2, 4])
    rows = s7.TABLE.make(studies(shares), MANIFEST)
    assert rows[["donor", "status", "cells"]].to_numpy().tolist() == [
        ["d2", "well", 4],
        ["d1", "bad", 2],
    ]
    (part,) = parts(s7.TABLE, rows, MANIFEST)
    assert part["heading"] == "Cohort" and part["columns"] == ["Status", "Cells"]
    assert part["rows"][0] == {"heads": ["d2"], "cells": ["well", "4"]}


@pytest.mark.parametrize(("table", "status"), [(s10, "mild"), (s11, "bad")])
def test_genes_of_the_first_type_by_donors_first(table, status):
    rows = table.TABLE.make(differential=differential(), manifest=MANIFEST)
    assert len(rows) == 2 * 60 and set(rows["status"]) == {status} and set(rows["type"]) == {"mono"}
    assert rows["gene"].tolist()[:4] == ["g1", "g0", "g2", "g3"]
    found = parts(table.TABLE, rows, MANIFEST)
    assert [part["heading"] for part in found] == ["Cohort, PCA", "Cohort, CLEAR"]
    assert [len(part["rows"]) for part in found] == [50, 50]
    shown = dict(zip(found[0]["columns"], found[0]["rows"][0]["cells"], strict=True))
    assert shown["P donors"] == "0.01" and shown["Log2fc cells"] == "\u22120.25"
    assert found[0]["rows"][2]["cells"][4] == ""  # p_donors of a gene that donors do not test


def test_two_statuses_have_no_table_s11_and_it_is_said(tmp_path):
    card = CARD | {"statuses": ["well", "mild"]}
    manifest = MANIFEST | {"datasets": {"x": card}}
    rows = s11.TABLE.make(differential=differential(), manifest=manifest)
    write(s11.TABLE, rows, manifest, tmp_path / "s11.tsv")
    assert rows.empty and s11.TABLE.empty in (tmp_path / "s11.html").read_text()


def test_a_page_shows_ten_markers_of_each_cluster_and_the_tsv_all():
    markers = pd.DataFrame({"cluster": np.repeat(["0", "1"], 30), "rank": [*range(1, 31)] * 2})
    markers = markers.assign(gene="g", score=9.87654, log2fc=1.0, share_in=0.5, share_out=0.1)
    rows = s9.TABLE.make(studies(markers.assign(p_adjusted=1e-30)))
    assert len(rows) == 120
    first, _ = parts(s9.TABLE, rows, MANIFEST)
    assert [row["heads"] for row in first["rows"]] == [["0"]] * 10 + [["1"]] * 10
    assert first["rows"][0]["cells"] == ["1", "g", "9.88", "1", "0.5", "0.1", "1e\u221230"]


def test_types_and_tests_are_as_the_study_has_them():
    types = pd.DataFrame([["0", 9, "B", True, 1.0, "T", 0.5, "markers", "MS4A1", np.nan]])
    rows = s8.TABLE.make(studies(types.set_axis(s8.COLUMNS, axis=1)))
    assert parts(s8.TABLE, rows, MANIFEST)[1]["rows"][0]["cells"] == [
        "9", "B", "yes", "1", "T", "0.5", "markers", "MS4A1", "",
    ]  # fmt: skip
    why = "no test: 1 donor of status bad"
    tests = pd.DataFrame([["ISG", "mono", "bad", "well", 1, 3, *[np.nan] * 6, why]])
    rows = s12.TABLE.make(studies(tests.set_axis(s12.COLUMNS, axis=1)))
    assert parts(s12.TABLE, rows, MANIFEST)[0]["rows"][0]["cells"][-1] == why


def test_tables_of_case_studies_come_with_them_in_the_order_of_their_numbers():
    cohort = ("x", "standard", "pca"), ("x", "standard", "clear")
    names = [table.id for table in all_tables(NOTHING, cohort)]
    assert names == ["f1_scaled", "published", "s1", "s2", "s7", "s8", "s9", "s10", "s11", "s12"]
    assert s8.TABLE.files("results/r", cohort)["annotation"] == [
        f"results/r/casestudy/x/standard/{name}/annotation.tsv" for name in ("pca", "clear")
    ]


def test_values_as_people_read_them():
    assert [as_text(one) for one in (True, np.nan, 0.00001234, -2, "a-b", None)] == [
        "yes", "", "1.23e\u221205", "\u22122", "a-b", "",
    ]  # fmt: skip
