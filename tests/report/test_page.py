"""The page as a whole: it needs no other file, trusts no text, and is there when nothing worked."""

import json
import os
import re
import subprocess
import sys
from html import unescape

from tests.report.reading import Reader, figure_of


def test_the_page_asks_the_network_for_nothing(small_run):
    html = small_run.page([figure_of(small_run, "fig2a.standard", "Clustering", "ARI.")])
    reader = Reader(html)
    assert reader.sources
    assert all(source.startswith("data:") for source in reader.sources)
    for link in reader.links:
        assert link.startswith(("#", "../", "https://doi.org/"))
        assert not link.startswith("../") or (small_run.folder / "report" / link).exists()
    assert {
        "../figures/fig2a.standard.png",
        "../figures/fig2a.standard.pdf",
        "../scores.tsv",
    } <= set(reader.links)
    assert not re.search(r"@import|url\(|fetch\(|XMLHttpRequest|new Image", html)
    assert html.count("<script") == 2


EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&</script>"


def test_whatever_comes_from_outside_is_escaped(small_run):
    small_run.runs.loc[small_run.runs["status"] != "ok", "message"] = EVIL
    small_run.runs["host"] = EVIL
    small_run.runs["versions"] = json.dumps({EVIL: EVIL})
    for card in [*small_run.manifest["methods"].values(), *small_run.manifest["datasets"].values()]:
        for key in ("title", "notes", "reference", "citation", "doi", "unit", "licence"):
            card[key] = EVIL
        card["settings"] = {EVIL: EVIL}
    small_run.manifest["config"]["run"] = EVIL
    small_run.manifest["config"]["mirror"] = EVIL
    html = small_run.page()
    reader = Reader(html)
    assert "img" not in reader.tags
    assert reader.tags.count("script") == 2
    assert "alert(1)" in unescape(html)


def test_quick_runs_are_marked(small_run):
    assert "these numbers are for testing only" in small_run.page()
    small_run.manifest["config"]["quick"] = False
    assert "these numbers are for testing only" not in small_run.page()


def test_figures_stand_in_the_order_given_with_the_words_of_their_records(small_run):
    names = ["qc.yan", "fig2a.standard"]
    figures = [figure_of(small_run, name, f"About {name}", f"<See> {name}.") for name in names]
    html = small_run.page(figures)
    shown = re.findall(r"<figure>\s*<h3>(.*?)</h3>", html)
    assert shown == ["About qc.yan", "About fig2a.standard"]
    captions = re.findall(r"<figcaption>(.*?)<span", html)
    assert [unescape(text).strip() for text in captions] == [f"<See> {name}." for name in names]


def test_a_run_in_which_nothing_worked_still_has_a_page(small_run, synthetic):
    failures = {(None, method): "failed" for method in small_run.manifest["methods"]}
    small_run.scores = synthetic.scores(small_run.manifest, failures=failures)
    small_run.runs = synthetic.runs(small_run.manifest, small_run.scores)
    small_run.runs[["host", "device", "started", "versions", "message"]] = None
    small_run.records = []
    html = small_run.page()
    assert "No run gave a score" in html
    assert "No figure was drawn" in html
    assert not re.search(r"\bnan\b", html.lower().split("<script")[0])


AGAIN = """
import sys
from pathlib import Path
from clear.benchmark.report.page import build
folder, out, *records = map(Path, sys.argv[1:])
build(folder, records, [], [], out)
"""


def test_the_same_tables_give_the_same_page(small_run, repository):
    """In a process that keeps its sets in another order, at another time."""
    page, out = small_run.page(), small_run.folder / "again" / "index.html"
    seed = {"PYTHONHASHSEED": "1" if os.environ.get("PYTHONHASHSEED") != "1" else "2"}
    command = [sys.executable, "-c", AGAIN, small_run.folder, out, *small_run.records]
    subprocess.run(command, cwd=repository, env=os.environ | seed, check=True)
    assert out.read_text(encoding="utf-8") == page


def test_tables_are_listed_with_their_files(small_run):
    folder = small_run.folder / "tables"
    folder.mkdir()
    about = {"id": "s1", "title": "Table S1: ARI", "caption": "Mean & sd.", "html": "s1.html"}
    (folder / "s1.json").write_text(json.dumps(about | {"tsv": "s1.tsv"}))
    page = small_run.page(tables=[folder / "s1.json"])
    assert '<a href="../tables/s1.html">Table S1: ARI</a>. Mean &amp; sd.' in page
    assert '<a href="../tables/s1.tsv">TSV</a>' in page
