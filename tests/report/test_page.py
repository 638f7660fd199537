"""The page needs no other file, shows what went wrong, and repeats the tables' numbers."""

import json
import re
import shlex
import shutil
import subprocess
from html import unescape
from html.parser import HTMLParser

import pandas as pd
import pytest
from PIL import Image

from clear.benchmark.report import overview
from clear.benchmark.report.rankings import task_sections
from clear.benchmark.report.texts import DASH, duration, number
from clear.benchmark.statistics.costs import costs_table
from clear.benchmark.statistics.ranks import ALL
from clear.benchmark.tsv import read_table, rows_where


class Reader(HTMLParser):
    """Collects links, sources and the texts of table rows."""

    def __init__(self, html):
        super().__init__()
        self.links, self.sources, self.rows, self.tags = [], [], [], []
        self.cell = False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        """Note what is looked for."""
        attrs = dict(attrs)
        self.tags.append(tag)
        (self.links if tag == "a" else self.sources).extend(
            attrs[key] for key in ("href", "src", "srcset", "action") if attrs.get(key)
        )
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self.cell = True

    def handle_endtag(self, tag):
        """Note what is looked for."""
        self.cell = self.cell and tag not in ("td", "th")

    def handle_data(self, data):
        """Note what is looked for."""
        if self.cell:
            self.rows[-1][-1] += data


def figure_of(run, name, heading, caption):
    """Record of a figure, beside its files."""
    record = run.folder / "figures" / f"{name}.json"
    record.parent.mkdir(exist_ok=True)
    Image.new("RGB", (2000, 1000), "white").save(record.with_suffix(".png"))
    record.with_suffix(".pdf").write_bytes(b"%PDF")
    about = {"heading": heading, "caption": caption, "png": f"{name}.png", "pdf": f"{name}.pdf"}
    record.write_text(json.dumps(about))
    return record


def ranks_of(run):
    """The rows of ranks.tsv."""
    run.write()
    return read_table(run.folder / "ranks.tsv").to_dict("records")


def data_of(html):
    """What the script of the page selects from, of the first task."""
    return json.loads(re.search(r'<script type="application/json">(.*?)</script>', html, re.S)[1])


def costs_of(run):
    return overview.costs(costs_table(run.runs), run.manifest)


def after_the_claims(html):
    """What stands below the section of claims, which has a table too."""
    return html.split('<section id="task-clustering"')[1]


def view_of(row):
    return row["dataset"], row["track"], row["metric"]


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


def test_failures_are_listed_with_messages_and_seeds(small_run):
    rows = Reader(small_run.page()).rows
    found = {tuple(row[:4]): row[4] for row in rows if "see <output.log>" in row[-1]}
    assert found["Deng", "scVI", "1", "timeout"] == "timeout: see <output.log> & retry"
    assert ("Pollen", "scVI", "0, 1", "out of memory") in found
    assert ("Yan", "Seurat", "0", "not installed") in found
    assert len(found) == 7


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
    assert f"<li>PCA + k-means on Yan, Deng: {reason}</li>" in html
    assert ["Deng", "PCA + k-means", "0", words] in Reader(html).rows


def test_metrics_show_their_range_direction_and_source(small_run):
    rows = Reader(small_run.page()).rows
    assert ["ARI", "-0.5 to 1", "higher is better", "Hubert and Arabie 1985"] in rows
    assert ["Clusters", "1 to \u2013", "not ranked", "counted"] in rows


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


def test_figures_stand_in_the_order_given_with_the_words_of_their_records(small_run):
    names = ["qc.yan", "fig2a.standard"]
    figures = [figure_of(small_run, name, f"About {name}", f"<See> {name}.") for name in names]
    html = small_run.page(figures)
    shown = re.findall(r"<figure>\s*<h3>(.*?)</h3>", html)
    assert shown == ["About qc.yan", "About fig2a.standard"]
    captions = re.findall(r"<figcaption>(.*?)<span", html)
    assert [unescape(text).strip() for text in captions] == [f"<See> {name}." for name in names]


def test_costs_have_units_and_a_method_that_never_succeeded_has_none(small_run):
    runs = small_run.runs
    mine = (runs["dataset"] == "deng") & (runs["method"] == "clear")
    runs.loc[mine, ["wall_s", "peak_memory_mb"]] = [[10.0, 100.0], [20.0, 400.0]]
    rows = {row["title"]: row["cells"] for row in costs_of(small_run)["rows"]}
    assert rows["CLEAR"][1] == ("15.0 s", "250 MiB", DASH)
    assert rows["Seurat"] == [None] * 5


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.04, "0.0 s"), (99.9, "99.9 s"), (600, "10.0 min"), (9000, "2.5 h")]
)
def test_durations(seconds, text):
    assert duration(seconds) == text


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


def test_the_same_tables_give_the_same_page(small_run):
    assert small_run.page() == small_run.page()


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


def test_a_negative_number_has_a_true_minus_sign_and_a_rounded_zero_none():
    assert [number(value, 3) for value in (-0.0123, -0.0001, 0.5)] == [
        "\u22120.012",
        "0.000",
        "0.500",
    ]


with_browser = pytest.mark.skipif(
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


@with_browser
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


@with_browser
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


@with_browser
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


@with_browser
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


def test_tables_are_listed_with_their_files(small_run):
    folder = small_run.folder / "tables"
    folder.mkdir()
    about = {"id": "s1", "title": "Table S1: ARI", "caption": "Mean & sd.", "html": "s1.html"}
    (folder / "s1.json").write_text(json.dumps(about | {"tsv": "s1.tsv"}))
    page = small_run.page(tables=[folder / "s1.json"])
    assert '<a href="../tables/s1.html">Table S1: ARI</a>. Mean &amp; sd.' in page
    assert '<a href="../tables/s1.tsv">TSV</a>' in page
