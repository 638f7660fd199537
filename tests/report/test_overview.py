"""What ran, on what and with what, what it cost, and what went wrong."""

import re

from clear.benchmark.report import overview
from clear.benchmark.report.texts import DASH
from tests.report.reading import Reader, costs_of


def test_failures_are_listed_with_messages_and_seeds(small_run):
    rows = Reader(small_run.page()).rows
    found = {tuple(row[:4]): row[4] for row in rows if "see <output.log>" in row[-1]}
    assert found["Deng", "scVI", "1", "timeout"] == "timeout: see <output.log> & retry"
    assert ("Pollen", "scVI", "0, 1", "out of memory") in found
    assert ("Yan", "Seurat", "0", "not installed") in found
    assert len(found) == 7


def test_runs_that_are_not_applicable_are_no_failures(small_run):
    reason = "is told the batch of each cell; the dataset's card has no batch"
    mine = (small_run.runs["dataset"] == "yan") & (small_run.runs["method"] == "seurat")
    small_run.runs.loc[mine, ["status", "message"]] = "not_applicable", reason
    html = small_run.page()
    rows = Reader(html).rows
    assert ["Yan", "Seurat", "0", reason] in rows
    assert ["Yan", "Seurat", "0", "not installed"] not in [row[:4] for row in rows]
    assert f"succeeded, {mine.sum()} not applicable" in html


def test_names_with_a_comma_are_told_apart(small_run):
    small_run.manifest["methods"]["pca"]["title"] = "PCA, genes scaled"
    assert "CLEAR; PCA, genes scaled; scVI" in small_run.page()


def test_runs_that_were_not_isolated_are_listed(small_run):
    html = small_run.page()
    rows = [row for row in Reader(html).rows if row[-1] == "no: no bubblewrap"]
    assert ["Pollen", "scVI", "0, 1", "no: no bubblewrap"] in rows
    assert {row[1] for row in rows} == {"scVI"}
    small_run.runs["isolated"] = "yes"
    mine = (small_run.runs["dataset"] == "pollen") & (small_run.runs["method"] == "pca")
    small_run.runs.loc[mine, "message"] = "it did not read the setting dims"
    assert "it did not read the setting dims" in small_run.page()
    html = small_run.page()
    assert "All runs that started were isolated." in html
    assert f"{len(small_run.runs)} of {len(small_run.runs)} runs that started" in html


def test_what_no_task_scores_is_said(small_run):
    manifest = small_run.manifest
    manifest["tasks"]["pseudotime"] = {"title": "Pseudotime", "scored": False}
    manifest["datasets"]["deng"]["tasks"] = ["clustering", "pseudotime"]
    reason = "the method writes a pseudotime, which this task does not score"
    manifest["tasks"]["clustering"]["unscored"] = [
        {"method": "pca", "reason": reason, "datasets": ["yan", "deng"]}
    ]
    mine = (small_run.runs["dataset"] == "deng") & (small_run.runs["method"] == "pca")
    words = "clustering: nothing to score; pseudotime: has no score"
    small_run.runs.loc[mine, ["scored", "tasks"]] = [0, words]
    html = small_run.page()
    assert re.findall(r'<section id="task-(\w+)"', html) == ["clustering", "pseudotime"]
    section = html[html.index('id="task-pseudotime"') :].split("</section>")[0]
    assert "No score" in section and "Deng" in section and "Yan" not in section
    assert f"<li>PCA + k-means on Yan; Deng: {reason}</li>" in html
    assert ["Deng", "PCA + k-means", "0", words] in Reader(html).rows


def test_summary_says_what_ran_where_and_when(small_run):
    facts = dict(overview.summary(small_run.runs, small_run.manifest))
    assert facts["Runs"] == "42 of 50 succeeded"
    assert facts["Date (UTC)"] == "2025-03-01 to 2025-03-02"
    assert (facts["Host"], facts["Device"], facts["Seeds"]) == ("bench-01", "cpu", "0, 1")
    assert facts["Git commit"] == small_run.manifest["git_commit"]
    assert "torch 2.9.0" in facts["Versions"]


def test_methods_show_what_they_were_told_and_their_limits(small_run):
    rows = {row["title"]: row for row in overview.methods(small_run.runs, small_run.manifest)}
    assert rows["CLEAR"]["settings"] == "epochs: 5, lr: 1.0"
    assert rows["CLEAR"]["limits"] == "60 min\n8 GiB"
    assert rows["Control: labels"]["told"] == "the true cell types"
    small_run.manifest["methods"]["scvi"] |= {"told": ["source"], "source_dataset": {"yan": "deng"}}
    rows = {row["title"]: row for row in overview.methods(small_run.runs, small_run.manifest)}
    assert rows["scVI"]["told"] == "the cells and types of another dataset, yan: deng"
    assert (rows["scVI"]["reproducible"], rows["CLEAR"]["reproducible"]) == ("no", "yes")
    assert rows["scVI"]["versions"] == "numpy 2.4.6, python 3.11.9"


def test_methods_show_how_they_compare_with_their_model(small_run):
    cards = small_run.manifest["methods"]
    cards["scvi"] |= {"implementation": "reimplementation", "fidelity": "ARI .5 there, .6 here."}
    cards["pca"] |= {"implementation": "reimplementation", "script": "scvi"}
    cards["clear"] |= {"implementation": "reimplementation", "script": "not_in_the_run"}
    made = overview.methods(small_run.runs, small_run.manifest)
    rows = {row["id"]: row["fidelity"] for row in made}
    assert rows["scvi"] == "ARI .5 there, .6 here."
    assert rows["pca"] == "As for scVI, whose script it shares."
    assert rows["clear"] == "As for not_in_the_run, whose script it shares."
    assert rows["control_labels"] is None
    assert "<summary>Fidelity</summary>ARI .5 there, .6 here.</details>" in small_run.page()


def test_costs_have_units_and_a_method_that_never_succeeded_has_none(small_run):
    runs = small_run.runs
    mine = (runs["dataset"] == "deng") & (runs["method"] == "clear")
    runs.loc[mine, ["wall_s", "peak_memory_mb"]] = [[10.0, 100.0], [20.0, 400.0]]
    rows = {row["title"]: row["cells"] for row in costs_of(small_run)["rows"]}
    assert rows["CLEAR"][1] == ("15.0 s", "250 MiB", DASH)
    assert rows["Seurat"] == [None] * 5
