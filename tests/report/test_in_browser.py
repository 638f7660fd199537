"""The page in a browser: its ranking and its map sort, filter and give commands."""

import re
import shlex
import shutil
import subprocess
from html import unescape

import pandas as pd
import pytest

from clear.benchmark.report.texts import number
from clear.benchmark.tsv import read_table, rows_where
from tests.report.reading import Reader, after_the_claims, ranks_of, view_of

pytestmark = pytest.mark.skipif(
    shutil.which("chromium") is None, reason="needs the browser chromium"
)
PICK = """
    const pick = (name, text) => { const s = document.querySelector(`select[name=${name}]`);
      s.value = [...s.options].find((o) => o.text === text).value;
      s.dispatchEvent(new Event("change")); };
"""


def in_browser(run, act):
    """The page of a run after a script acted on it in a browser."""
    page = run.folder / "act.html"
    script = f"<script>{PICK}{act}</script></body>"
    page.write_text(run.page().replace("</body>", script), encoding="utf-8")
    profile = run.folder / "browser"
    options = "headless no-sandbox disable-gpu disable-quic no-first-run disable-sync dump-dom"
    options += f" disable-background-networking disable-component-update user-data-dir={profile}"
    command = ["chromium", *(f"--{option}" for option in options.split()), page.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout


def test_the_browser_sorts_and_filters(small_run):
    html = in_browser(
        small_run,
        """
        pick("dataset", "Deng"); pick("metric", "NMI");
        pick("track", "number of clusters estimated (Leiden, 0.5)");
        document.querySelectorAll(".ranks thead button")[3].click();
        document.querySelectorAll(".ranks thead button")[3].click();
        """,
    )
    reader = Reader(after_the_claims(html))
    rows = {
        row["method"]: row
        for row in ranks_of(small_run)
        if view_of(row) == ("deng", "estimated_k", "nmi")
    }
    ranked = sorted(
        (r for r in rows.values() if pd.notna(r["mean"]) and not r["method"].startswith("control")),
        key=lambda row: row["mean"],
    )
    titles = [small_run.manifest["methods"][row["method"]]["title"] for row in ranked]
    shown = [cells[1] for cells in reader.rows[1:7]]
    assert shown == [*titles, "Seurat", "Control: random", "Control: labels"]
    assert reader.rows[1][3] == f"{ranked[0]['mean']:.3f}"
    assert "Deng: NMI, number of clusters estimated" in html


def map_of(html):
    """The map of methods and datasets: a dict of texts per method, in the order shown."""
    (table,) = re.findall(r'<table class="heat.*?</table>', html, re.S)
    head, *rows = Reader(table).rows
    return {row[0]: dict(zip(head[1:], row[1:], strict=True)) for row in rows}


def test_the_map_shows_every_mean_marks_lost_runs_and_sorts(small_run):
    html = in_browser(
        small_run,
        """
        pick("metric", "NMI");
        [...document.querySelectorAll(".heat thead button")].find((b) => b.textContent === "Deng")
          .click();
        """,
    )
    shown = map_of(html)
    ranks = rows_where(pd.DataFrame(ranks_of(small_run)), track="given_k", metric="nmi")
    cards, marks = small_run.manifest["methods"], {"seurat": "N", "scvi": "T"}
    deng = rows_where(ranks, dataset="deng").set_index("method")
    for method, row in deng.iterrows():
        mean = "" if pd.isna(row["mean"]) else number(row["mean"], 3)
        assert shown[cards[method]["title"]]["Deng"] == mean + marks.get(method, "")
    assert shown["scVI"]["Pollen"] == "M"
    assert shown["Seurat"]["All datasets"] == "N"
    order = deng["mean"].drop(["control_random", "control_labels"]).sort_values(ascending=False)
    titles = [cards[name]["title"] for name in order.index]  # missing means come last
    assert list(shown) == [*titles, "Control: labels", "Control: random"]
    assert "<b>T</b> timeout" in html
    colours = re.findall(r"background-color: rgb\((\d+), ", html)
    assert int(min(colours, key=int)) < 80 and int(max(colours, key=int)) > 240


def test_the_map_on_the_scale_of_the_controls_and_the_command_of_a_number(small_run):
    low = small_run.scores[small_run.scores["dataset"] == "deng"].assign(perturbation="dropout_80")
    small_run.scores = pd.concat([small_run.scores, low], ignore_index=True)
    small_run.manifest["config"]["perturbations"] = {"deng": ["dropout_80"]}
    click = """
        const cell = (method, dataset) => {
          const heads = [...document.querySelectorAll(".heat thead th")];
          const row = [...document.querySelectorAll(".heat tbody tr")]
            .find((tr) => tr.cells[0].textContent === method);
          const column = heads.findIndex((th) => th.textContent === dataset);
          row.cells[column].querySelector("button").click();
        };
        const values = document.querySelector("select[name=values]");
        pick("perturbation", "dropout of 80 %");
    """
    html = in_browser(small_run, click + 'cell("scVI", "Deng");')
    command = unescape(re.search(r"<div class=\"command\".*?<pre>(.*?)</pre>", html, re.S)[1])
    file = "scores/clustering/deng/standard/dropout_80/scvi.tsv"
    assert command.split("\n")[0] == (f".venv/bin/snakemake --cores 2 results/demo_again/{file} \\")
    arguments = shlex.split(command.split("\n")[1])
    assert arguments == [
        "--config", "run=demo_again", "datasets=[deng]", "methods=[scvi]", "seeds=[0,1]",
        "recipes=[standard]", "perturbations={deng: [dropout_80]}", "quick=true",
    ]  # fmt: skip
    assert f'href="../{file}"' in html and "runs 1 / 2; 1 timeout" in html

    scaled = 'values.value = "scaled"; values.dispatchEvent(new Event("change"));'
    html = in_browser(small_run, click + scaled + 'cell("CLEAR", "All datasets");')
    shown = map_of(html)
    assert (shown["Control: random"]["Deng"], shown["Control: labels"]["Deng"]) == (
        "0.000",
        "1.000",
    )
    view = {"track": "given_k", "metric": "ari", "dataset": "deng", "perturbation": "dropout_80"}
    ranks = rows_where(pd.DataFrame(ranks_of(small_run)), **view).set_index("method")["scaled"]
    assert shown["CLEAR"]["Deng"] == number(ranks["clear"], 3)
    command = unescape(re.search(r"<div class=\"command\".*?<pre>(.*?)</pre>", html, re.S)[1])
    assert "results/demo_again/ranks.tsv" in command
    assert "'methods=[clear,control_random,control_labels]'" in command

    unperturbed = click.replace('pick("perturbation", "dropout of 80 %");', "")
    html = in_browser(small_run, unperturbed + 'cell("scVI", "Deng");')
    command = unescape(re.search(r"<div class=\"command\".*?<pre>(.*?)</pre>", html, re.S)[1])
    assert "/standard/none/scvi.tsv" in command and "'perturbations=[]'" in command


def test_the_browser_offers_the_datasets_that_a_perturbation_has(small_run):
    low = small_run.scores[small_run.scores["dataset"] == "yan"].assign(perturbation="dropout_80")
    low["value"] -= 0.3
    small_run.scores = pd.concat([small_run.scores, low], ignore_index=True)
    small_run.manifest["config"]["perturbations"] = {"yan": ["dropout_80"]}
    html = in_browser(
        small_run, 'pick("dataset", "Deng"); pick("perturbation", "dropout of 80 %");'
    )
    assert "All datasets: ARI, true number of types given, dropout of 80 %" in html
    disabled = re.findall(r'<option value="\d+" disabled="">(.*?)</option>', html)
    assert {"Deng", "Pollen"} <= set(disabled) and "Yan" not in disabled
    clear = next(row for row in Reader(html).rows if row[1:2] == ["CLEAR"])
    shown = {"dataset": "yan", "track": "given_k", "metric": "ari", "method": "clear"}
    ranks = rows_where(read_table(small_run.folder / "ranks.tsv"), **shown)
    means = ranks.set_index("perturbation")["mean"]
    assert clear[3] == f"{means['dropout_80']:.3f}"
    assert means["dropout_80"] == pytest.approx(means["none"] - 0.3)
