"""Numbers of the ablation's tables, from runs made up by hand; the page around them."""

import dataclasses
import shutil

import pandas as pd
import pytest

from clear.benchmark.ablation.page import presets_page
from clear.benchmark.ablation.plan import plan
from clear.benchmark.ablation.settings import meanings, settings_table
from clear.benchmark.ablation.store import COLUMNS, table
from clear.benchmark.ablation.summary import by_dataset, difference, failures, means
from clear.benchmark.ablation.tables import ablation_tables
from clear.benchmark.tasks.collect import write_table
from clear.errors import ClearError
from clear.presets import PAPER, RELEASED, Preset

# Two switches: noise sd, then the optimiser with two settings.
NEAR = dataclasses.replace(
    RELEASED, name="paper", noise_sd=0.3, learning_rate=0.1, optimizer="adam"
)
ARMS = plan({"released": RELEASED, "paper": NEAR})
KEYS = {(arm.design, arm.name): arm.key for arm in ARMS}
BASE, NOISE = KEYS["anchor", "released"], KEYS["single", "noise sd"]
OPTIMISER = KEYS["single", "optimiser"]


def row(key, dataset, seed, ari, collapsed=False, **other):
    values = {"nmi": ari, "leiden_ari": ari / 2, "leiden_nmi": ari / 2, "leiden_clusters": 4}
    values |= {"loss": 3.0, "chance": 4.0, "accuracy": 0.25, "spread": 0.5, "seconds": 1.0}
    about = {"settings": key, "dataset": dataset, "seed": seed, "sources": "x", "arm": "?"}
    state = {"status": "ok", "message": "", "collapsed": collapsed}
    return about | state | {"ari": ari} | values | other


def failed(key, dataset, seed, message):
    about = {"settings": key, "dataset": dataset, "seed": seed, "sources": "x", "arm": "?"}
    return about | {"status": "failed", "message": message}


RUNS = [
    row(BASE, "yan", 0, 0.50),
    row(BASE, "yan", 1, 0.60),
    row(BASE, "deng", 0, 0.30),
    row(BASE, "deng", 1, 0.40),
    row(NOISE, "yan", 0, 0.60),
    row(NOISE, "yan", 1, 0.80),
    row(NOISE, "deng", 0, 0.30),
    row(NOISE, "deng", 1, 0.30),
    row(OPTIMISER, "yan", 0, 0.10, collapsed=True, loss=4.0),
    row(OPTIMISER, "yan", 1, 0.20, collapsed=False, loss=2.0),
    row(OPTIMISER, "deng", 0, 0.10, collapsed=True, loss=4.0),
    failed(OPTIMISER, "deng", 1, "ClearError: The loss is nan."),
]


@pytest.fixture
def runs(tmp_path):
    """The runs as the page reads them: written and read again."""
    write_table(table(RUNS, "x"), tmp_path / "runs.tsv")
    return pd.read_csv(tmp_path / "runs.tsv", sep="\t", keep_default_na=False, na_values=["NA"])


def rows_of(text, heading):
    part = text.split(f"### {heading}\n")[1].split("###")[0]
    lines = [line.strip("| ").split(" | ") for line in part.splitlines() if line.startswith("|")]
    return {line[0]: dict(zip(lines[0], line, strict=True)) for line in lines[2:]}


def test_table_has_its_columns_and_the_order_of_the_ablation(runs):
    assert list(runs) == COLUMNS
    assert list(dict.fromkeys(runs["dataset"])) == ["yan", "deng"]


def test_difference_is_paired_by_dataset_and_seed(runs):
    found = difference(runs, NOISE, BASE, "ari")
    # yan: +.1 and +.2, mean .15; deng: 0 and -.1, mean -.05
    assert found.mean == pytest.approx(0.05)
    # per seed: .05 and .05 over the datasets: no spread at all
    assert found.error == pytest.approx(0, abs=1e-12)
    assert found.pairs == 4


def test_difference_without_a_failed_run(runs):
    found = difference(runs, OPTIMISER, BASE, "ari")
    # yan: -.4 and -.4; deng: -.2, whose other seed failed: one seed is left for the error
    assert found.mean == pytest.approx((-0.4 - 0.2) / 2)
    assert pd.isna(found.error)
    assert found.pairs == 3


def test_error_is_the_standard_error_over_seeds():
    changes = [0.1, 0.2, 0.6]  # sd .2646, divided by the root of 3
    made = [row(BASE, "yan", seed, 0.2) for seed in range(3)]
    made += [row(NOISE, "yan", seed, 0.2 + change) for seed, change in enumerate(changes)]
    found = difference(table(made, "x"), NOISE, BASE, "ari")
    assert found.error == pytest.approx(0.152753, abs=1e-6)
    assert by_dataset(table(made, "x"), NOISE, "ari", BASE)["error"]["yan"] == pytest.approx(
        found.error
    )


def test_nothing_measured_is_no_number(runs):
    found = difference(runs, "missing", BASE, "ari")
    assert pd.isna(found.mean)
    assert found.pairs == 0


def test_means_weigh_datasets_equally(runs):
    # yan (.1 + .2) / 2, deng .1
    assert means(runs, OPTIMISER, ["ari"])["ari"] == pytest.approx(0.125)


def test_dots_say_where_a_seed_collapsed(runs):
    dots = by_dataset(runs, OPTIMISER, "ari")
    assert dots["collapsed"].to_dict() == {"yan": True, "deng": True}
    assert dots["value"]["yan"] == pytest.approx(0.15)
    assert not by_dataset(runs, NOISE, "ari")["collapsed"].any()


def test_failures_are_told_once(runs):
    assert failures(runs) == ["ClearError: The loss is nan."]


def test_the_page_tells_the_numbers(runs):
    text = ablation_tables(runs, ARMS)
    single = rows_of(text, "`released` with one switch turned")
    assert single["noise sd"]["ARI change"] == "+0.050 ± 0.000"
    assert single["noise sd"]["from → to"] == "`noise_sd` 0.5 → 0.3"
    assert single["noise sd"]["collapsed"] == "0 of 4"
    assert single["optimiser"]["ARI change"] == "\u22120.300 (3 of 4 pairs)"
    assert single["optimiser"]["collapsed"] == "2 of 3"
    assert single["optimiser"]["loss"] == "0.88"  # yan (1 + .5) / 2, deng 1
    presets = rows_of(text, "The presets as they are")
    assert presets["`released`"]["ARI yan"] == "0.55 ± 0.07"
    assert presets["`released`"]["ARI"] == "0.45"
    assert presets["`paper`"]["ARI"] == "\u2013"
    path = rows_of(text, "All switches in a row")
    assert path["+ noise sd"]["ARI"] == "0.50"
    assert path["+ noise sd"]["ARI change"] == "+0.050 ± 0.000"
    assert path["+ optimiser"]["ARI"] == "\u2013"
    # 2 datasets x 2 seeds x 5 different settings, 12 rows there
    assert "12 runs, 8 not done yet, 1 failed: ClearError: The loss is nan." in text


def test_runs_of_other_settings_are_not_on_the_page(runs):
    changed = plan({"released": dataclasses.replace(RELEASED, momentum=0.5), "paper": NEAR})
    single = rows_of(ablation_tables(runs, changed), "`released` with one switch turned")
    assert single["noise sd"]["ARI change"] == "\u2013"


def test_every_setting_has_a_meaning_of_its_own_where_there_is_one():
    meaning = meanings()
    assert set(meaning) == {field.name for field in dataclasses.fields(Preset)}
    assert meaning["noise_sd"] == "its standard deviation, in the units of the input (log1p)"
    assert meaning["epochs"] == "Passes over all cells"
    assert meaning["adam_beta1"] == meaning["adam_epsilon"] == "Adam's other numbers"


def test_settings_table_shows_values_and_what_differs():
    lines = settings_table([PAPER, RELEASED]).splitlines()
    assert len(lines) == 2 + len(dataclasses.fields(Preset)) - 1
    rows = {line.split(" | ")[0]: line for line in lines}
    assert rows["| `noise_sd`"].startswith("| `noise_sd` | 0.2 | **0.5** | ")
    assert rows["| `own_donor`"].startswith("| `own_donor` | no | **yes** | ")
    assert rows["| `temperature`"].startswith("| `temperature` | 0.2 | 0.2 | ")


def test_prose_stays_and_markers_are_needed(repository, tmp_path):
    shutil.copytree(repository / "docs", tmp_path / "docs")
    page = tmp_path / "docs" / "presets.md"
    old = page.read_text(encoding="utf-8")
    page.write_text(old.replace("# Presets\n", "# Presets\nA new line.\n"), encoding="utf-8")
    new = presets_page(tmp_path, {"released": RELEASED, "paper": PAPER})
    assert "# Presets\nA new line.\n" in new
    page.write_text(old.replace("<!-- end of settings -->\n", ""), encoding="utf-8")
    with pytest.raises(ClearError, match="end of settings"):
        presets_page(tmp_path, {"released": RELEASED, "paper": PAPER})
