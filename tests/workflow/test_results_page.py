"""The page of results: tables of a small run that was made by hand, in two parts."""

import gzip
import json
import subprocess
import sys
from itertools import product

import pandas as pd
import pytest

from clear.benchmark.docs.results.combine import combine
from clear.benchmark.docs.results.keep import keep
from clear.benchmark.docs.results.page import write_section
from clear.benchmark.report.texts import DASH, MINUS
from clear.benchmark.tsv import read_table, write_table
from clear.errors import ClearError

DATASETS = [f"d{i}" for i in range(7)]
# ARI on every dataset (NMI is .1 higher); seeds 0 and 1 lie .01 below and above. None: no package.
ARI = {
    "clear": [0.5] * 7,
    "pca": [0.6, 0.6, 0.6, 0.6, 0.6, 0.51, 0.3],
    "control_random": [0.0] * 7,
    "seurat": [None] * 7,
}
BOUNDS = {"low": -0.5, "high": 1, "better": "higher", "of": "clusters"}
CONFIG = {"quick": True, "recipes": ["standard"], "perturbations": {}, "seeds": [0, 1]}
CONFIG |= {"prepare": {"min_genes": 200, "scale": None}, "scores": {"n_neighbors": 15}}


def rows_of(method, values, message="no R here"):
    for dataset, value in zip(DATASETS, values, strict=True):
        for seed in (0, 1):
            about = {"dataset": dataset, "recipe": "standard", "perturbation": "none"}
            about |= {"method": method, "seed": seed}
            status = "ok" if value is not None else "not_installed"
            text = "" if value is not None else message
            yield about | {"status": status, "message": text}, value, (-0.01, 0.01)[seed]


def write_run(folder, name, ari, host="one", **changes):
    """Write the tables of a finished run by hand."""
    runs, scores = [], []
    for method, values in ari.items():
        for run, value, shift in rows_of(method, values):
            used = {"wall_s": 100.0 if value is not None else None, "cpu_s": 1.0}
            used |= {"peak_memory_mb": 2048.0, "peak_gpu_memory_mb": None}
            used |= {"host": host, "device": "cpu", "started": "2026-11-26T18:00:00Z"}
            runs.append(run | used)
            score = run | {"task": "clustering", "scorer_sd": 0.0}
            if value is None:
                scores.append(score | dict.fromkeys(["track", "metric", "value"]))
            for metric, more in (("ari", 0.0), ("nmi", 0.1)) if value is not None else ():
                number = {"track": "given_k", "metric": metric, "value": value + shift + more}
                scores.append(score | number)
    folder.mkdir()
    write_table(pd.DataFrame(runs), folder / "runs.tsv")
    write_table(pd.DataFrame(scores), folder / "scores.tsv")
    card = {"outputs": ["embedding"], "told": [], "tuned_on": [], "settings": {}}
    cards = {method: card | {"title": method.capitalize()} for method in ari}
    for method, keys in (("clear", {"tuned_on": ["d6"]}), ("control_random", {})):
        control = {"implementation": "control"} if method.startswith("control") else {}
        if method in cards:
            cards[method] |= keys | control
    manifest = {
        "config": CONFIG | {"run": name} | changes,
        "datasets": {dataset: {"title": f"Set {dataset}"} for dataset in DATASETS},
        "methods": cards,
        "tasks": {"clustering": {"scored": True, "metrics": {"ari": BOUNDS, "nmi": BOUNDS}}},
    }
    (folder / "run.json").write_text(json.dumps(manifest))
    return folder


@pytest.fixture
def here(tmp_path):
    return write_run(tmp_path / "here", "quick", ARI)


@pytest.fixture
def elsewhere(tmp_path):
    seurat = [0.4, 0.4, 0.4, 0.4, 0.4, 0.4, None]
    return write_run(tmp_path / "elsewhere", "quick_seurat", {"seurat": seurat}, host="two")


def table(text, first):
    """Return the rows of the table whose head starts so, as lists of cells."""
    block = text[text.index(f"\n| {first} |") + 1 :].split("\n\n")[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in block[2:]]


def test_tables_say_what_the_scores_say_by_hand(tmp_path, here, elsewhere):
    page = tmp_path / "page.md"
    write_section(page, "quick", [here, elsewhere], "abc123")
    text = page.read_text()
    assert "7 datasets, 4 methods with their quick settings, seeds 0, 1; 56 runs" in text
    assert "54 ok, 2 not installed. Revision abc123." in text
    without_d6 = ", ".join(f"Set {name}" for name in DATASETS[:6])
    assert table(text, "run") == [
        ["quick", "one", "cpu", "2026-11-26", "44", "all", "all others"],
        ["quick_seurat", "two", "cpu", "2026-11-26", "12", without_d6, "Seurat"],
    ]
    # Of CLEAR the dataset d6 does not count, on which it was tuned; nor for mean ranks of all.
    pca = sum(ARI["pca"]) / 7
    assert table(text, "rank") == [
        ["1", "Pca", f"{pca:.3f}", f"{pca + 0.1:.3f}", "7", f"{pca:.3f}", "1.00", "0"],
        ["2", "Clear", "0.500", "0.600", "6", "0.500", "2.00", "0"],
        ["3", "Seurat", "0.400", "0.500", "6", "0.400", "3.00", "2 not installed"],
        ["control", "Control_random", "0.000", "0.100", "7", "0.000", DASH, "0"],
    ]
    better, worse, _ = table(text, "method")
    assert better[:3] == ["Pca", "6", "0.085"]  # five times .1 and once .01, a tie
    low, high = map(float, better[3].split(" to "))
    assert 0 < low < 0.085 < high < 0.12
    assert better[4] == "5 / 1 / 0"
    assert sum(map(float, better[5].split(" / "))) == pytest.approx(1, abs=0.011)
    assert worse[:3] == ["Seurat", "6", f"{MINUS}0.100"]
    assert worse[4] == "0 / 0 / 6"
    first, *_, last = table(text, "dataset")
    assert first == ["Set d0", "**.60**", ".50", ".40", ".00"]
    assert last == ["Set d6", ".30", "***.50***", "N", ".00"]
    assert "| Seurat | not installed | 2 | Set d6 | no R here |" in text
    assert "| Seurat | quick_seurat | 1.7 min |" in text


def test_a_part_names_its_datasets(tmp_path):
    parts = {"small": DATASETS[:2], "large": DATASETS[2:]}
    for name, datasets in parts.items():
        folder = write_run(tmp_path / name, name, ARI)
        for file in (folder / "runs.tsv", folder / "scores.tsv"):
            rows = read_table(file)
            write_table(rows[rows["dataset"].isin(datasets)], file)
    page = tmp_path / "page.md"
    write_section(page, "quick", [tmp_path / name for name in parts], None)
    small, large = table(page.read_text(), "run")
    assert small == ["small", "one", "cpu", "2026-11-26", "16", "Set d0, Set d1", "all"]
    assert large[4:] == ["40", "Set d2, Set d3, Set d4, Set d5, Set d6", "all"]


def test_text_around_the_tables_stays_and_sections_do_not_mix(tmp_path, here):
    page = tmp_path / "page.md"
    page.write_text("# Results\n\nRead this first.\n")
    write_section(page, "one", [here], None)
    write_section(page, "two", [here], None)
    page.write_text(page.read_text().replace("## two\n", "## Two\n\nA reading.\n") + "The end.\n")
    before = page.read_text()
    write_section(page, "two", [here], None)
    assert page.read_text() == before
    write_section(page, "one", [here], "new")
    after = page.read_text()
    assert after.count("Revision new") == 1
    assert after.replace(" Revision new.", "") == before
    page.write_text(before.replace("<!-- end of results one -->\n", ""))
    with pytest.raises(ClearError, match="must have .* and .* once each"):
        write_section(page, "one", [here], None)


def test_what_is_kept_of_a_run_gives_the_same_tables_and_no_folder_of_the_machine(tmp_path, here):
    manifest = json.loads((here / "run.json").read_text())
    manifest["config"]["mirror"] = "/data/somebody"
    (here / "run.json").write_text(json.dumps(manifest))
    scores = read_table(here / "scores.tsv")
    curve = scores.head(1).assign(track="leiden_0.5", value=0.9)
    other = scores.head(1).assign(perturbation="dropout_30")
    write_table(pd.concat([scores, curve, other]), here / "scores.tsv")
    keep(here, tmp_path / "kept" / "here")
    first = {path.name: path.read_bytes() for path in (tmp_path / "kept" / "here").iterdir()}
    keep(here, tmp_path / "kept" / "here")
    again = {path.name: path.read_bytes() for path in (tmp_path / "kept" / "here").iterdir()}
    assert first == again and set(first) == {"run.json", "runs.tsv.gz", "scores.tsv.gz"}
    assert "/data/somebody" not in first["run.json"].decode()
    assert len(gzip.decompress(first["scores.tsv.gz"]).splitlines()) == 1 + len(scores)
    for folder in (here, tmp_path / "kept" / "here"):
        write_section(tmp_path / f"{folder.parent.name}.md", "quick", [folder], "abc")
    page = (tmp_path / "kept.md").read_text()
    assert page == (tmp_path / f"{tmp_path.name}.md").read_text() and "| 1 | Pca |" in page


def test_parts_that_do_not_belong_together_are_refused(tmp_path, here, elsewhere):
    again = write_run(tmp_path / "again", "again", {"pca": ARI["pca"]})
    with pytest.raises(ClearError, match=r"pca ran on d0 with seed 0 in .*here and .*again"):
        combine([here, elsewhere, again])
    full = write_run(tmp_path / "full", "full", {"kmeans": ARI["pca"]}, quick=False)
    with pytest.raises(ClearError, match="differ in the setting quick"):
        combine([here, full])
    with pytest.raises(ClearError, match=r"nowhere has no run.json: name the folder"):
        combine([tmp_path / "nowhere"])


def test_the_command_writes_the_page_or_says_why_not(tmp_path, here):
    def call(*arguments):
        command = [sys.executable, "-m", "clear.benchmark.docs.results", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True)

    page = tmp_path / "page.md"
    assert call(page, "quick", here).returncode == 0
    assert "### True number of types given" in page.read_text()
    before = page.read_text()
    assert call(page, "quick", here, "--keep", tmp_path / "kept").returncode == 0
    assert call(page, "quick", tmp_path / "kept" / "here").returncode == 0
    assert page.read_text() == before
    wrong = call(page, "quick", tmp_path)
    assert wrong.returncode == 1
    assert wrong.stderr.strip() == f"{tmp_path} has no run.json: name the folder of a finished run."


def test_a_task_has_all_its_metrics_and_every_dataset_by_hand(tmp_path):
    folder = write_run(tmp_path / "order", "order", {"dpt": [None] * 7, "pca": [None] * 7})
    manifest = json.loads((folder / "run.json").read_text())
    manifest["methods"]["dpt"] |= {"told": ["root"], "tuned_on": ["d0"]}
    metric = {"low": -1, "high": 1, "better": "higher", "of": "pseudotime"}
    manifest["tasks"] = {
        "pseudotime": {
            "title": "Pseudotime",
            "scored": True,
            "ranking": "spearman",
            "tracks": {"rooted": {"title": "from the first stage"}, "unrooted": {"title": "none"}},
            "metrics": {
                "kendall": metric | {"title": "Kendall"},
                "spearman": metric | {"title": "Spearman"},
            },
        }
    }
    (folder / "run.json").write_text(json.dumps(manifest))
    rows = []
    for method, values in {"dpt": (0.9, 0.8), "pca": (0.5, None)}.items():
        for (dataset, value), seed in product(zip(("d0", "d1"), values, strict=True), (0, 1)):
            about = {"dataset": dataset, "recipe": "standard", "perturbation": "none"}
            about |= {"method": method, "seed": seed, "task": "pseudotime", "scorer_sd": 0.0}
            status = "ok" if value else "failed"
            for name, less in (("spearman", 0), ("kendall", 0.2)) if value else ((None, 0),):
                number = value - less + seed / 50 if value else None
                about |= {"track": "rooted" if value else None, "metric": name, "value": number}
                rows.append(about | {"status": status, "message": ""})
    write_table(pd.DataFrame(rows), folder / "scores.tsv")
    page = tmp_path / "page.md"
    write_section(page, "order", [folder], None)
    text = page.read_text()
    assert "### Pseudotime" in text
    assert "**From the first stage**" in text
    assert "**None**" not in text  # a track without a score
    assert "True number of types" not in text
    first, second = table(text, "rank")
    assert first == ["1", "Pca", "nothing", "1", "0.51", "0.31"]
    # without the dataset on which it was tuned it has half of them: no rank
    assert second == [DASH, "Dpt", "the cells of the first stage", "1", "0.81", "0.61"]
    by_dataset = text[text.index("Spearman on each dataset") :]
    assert table(by_dataset, "method")[:2] == [
        ["Pca", "0.510 (0.500 to 0.520)", "F"],
        ["Dpt", "*0.910 (0.900 to 0.920)*", "0.810 (0.800 to 0.820)"],
    ]
