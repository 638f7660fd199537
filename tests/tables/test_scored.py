"""Tables S1 and S2: the numbers of the run's tables, in order, with what is lost in words."""

import re
from html import unescape

import pandas as pd
import pytest

from clear.benchmark.report.tables import parts, write
from clear.benchmark.tables import s1, s2
from clear.benchmark.tables.scored import mean_sd, number
from clear.benchmark.tables.table import all_tables
from clear.benchmark.tsv import read_table

NOTHING = {"variants": None, "tuning": False}


@pytest.fixture
def manifest(synthetic):
    return synthetic.manifest()


@pytest.fixture
def scores(synthetic, manifest):
    scores = synthetic.scores(manifest, failures=synthetic.FAILURES)
    others = [scores.assign(perturbation="dropout_10"), scores.assign(recipe="released")]
    return pd.concat([scores, pd.concat(others).assign(value=0.5)], ignore_index=True)


@pytest.fixture
def statistics(synthetic, manifest, scores):
    return synthetic.statistics(manifest, scores)


def cells(part):
    return {
        (*row["heads"], column): cell
        for row in part["rows"]
        for column, cell in zip(part["columns"], row["cells"], strict=True)
    }


def test_s1_has_mean_and_sd_and_names_what_is_lost(manifest, scores, statistics):
    found = parts(s1.TABLE, s1.make(statistics), manifest)
    first, second = found[:2]
    assert first["heading"] == "True number of types given, ARI"
    assert second["heading"] == "True number of types given, NMI"
    assert [row["heads"] for row in first["rows"]] == [
        [card["title"]] for card in manifest["methods"].values()
    ]
    assert first["columns"] == [card["title"] for card in manifest["datasets"].values()]
    ari = scores[(scores["metric"] == "ari") & (scores["track"] == "given_k")]
    ari = ari[(ari["recipe"] == "standard") & (ari["perturbation"] == "none")]
    a, b = ari[(ari["method"] == "clear") & (ari["dataset"] == "yan")]["value"]
    shown = cells(first)
    assert shown["CLEAR", "Yan"] == f"{(a + b) / 2:.3f} ± {abs(a - b) / 2**0.5:.3f}"
    (one,) = ari[(ari["method"] == "scvi") & (ari["dataset"] == "deng")]["value"]
    assert shown["scVI", "Deng"] == f"{one:.3f} (1 timeout)"
    assert shown["scVI", "Pollen"] == "2 out of memory"
    assert shown["Seurat", "Yan"] == "1 not installed"


def test_another_recipe_has_parts_of_its_own_and_dropout_none(manifest, statistics):
    found = parts(s1.TABLE, s1.make(statistics), manifest)
    released = [part for part in found if "released code" in part["heading"]]
    assert 0 < 2 * len(released) == len(found)
    assert {cells(part)["CLEAR", "Yan"] for part in released} == {"0.500 ± 0.000"}


def test_s2_has_every_seed(manifest, scores):
    rows = s2.make(scores)
    first = parts(s2.TABLE, rows, manifest)[0]
    assert [row["heads"] for row in first["rows"]][:4] == [
        *(["CLEAR", "0"], ["CLEAR", "1"], ["PCA + k-means", "0"], ["scVI", "0"]),
    ]
    ari = scores[(scores["metric"] == "ari") & (scores["track"] == "given_k")]
    ari = ari[(ari["recipe"] == "standard") & (ari["perturbation"] == "none")]
    wide = ari.set_index(["method", "seed", "dataset"])["value"]
    assert cells(first)["CLEAR", "1", "Deng"] == f"{wide['clear', 1, 'deng']:.3f}"
    assert cells(first)["scVI", "1", "Pollen"] == ""  # out of memory
    assert len(rows[(rows["recipe"] == "standard") & (rows["track"] == "given_k")]) == 2 * len(ari)


def test_files_hold_the_same_rows_and_escape_what_cards_say(manifest, statistics, tmp_path):
    manifest["methods"]["clear"]["title"] = "<CLEAR> & more"
    rows = s1.make(statistics)
    write(s1.TABLE, rows, manifest, tmp_path / "s1.tsv")
    pd.testing.assert_frame_equal(
        read_table(tmp_path / "s1.tsv"), rows.reset_index(drop=True), check_dtype=False
    )
    page = (tmp_path / "s1.html").read_text()
    assert "&lt;CLEAR&gt; &amp; more" in page and "<CLEAR>" not in page
    assert re.search(r"Quick settings", page)
    assert not re.search(r"""(src|href)=["']?https?:""", page)
    assert unescape(page).count("1 not installed") == 2 * 2 * 5 * 2  # tracks, metrics, recipes


def test_no_score_is_said(manifest, statistics, tmp_path):
    write(s1.TABLE, s1.make(statistics.iloc[:0]), manifest, tmp_path / "s1.tsv")
    assert "No run has a score" in (tmp_path / "s1.html").read_text()


def test_tables_that_need_a_setting_are_made_with_it_only():
    assert [table.id for table in all_tables(NOTHING)] == ["f1_scaled", "published", "s1", "s2"]


def test_numbers_have_a_true_minus_and_no_minus_zero():
    assert [number(x) for x in (-0.25, -0.0001, float("nan"))] == ["\u22120.250", "0.000", ""]
    assert mean_sd({"mean": 0.5, "sd": float("nan"), "lost": None}) == "0.500"
