"""The page's first section: verdicts with their numbers, and what cannot be judged."""

import re
from html import unescape

import pandas as pd
import pytest

from clear.benchmark.report.claims import claims


def section(html):
    """The text of the section, without tags."""
    part = html.split('<section id="claims">')[1].split("</section>")[0]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", part)).split())


def test_a_verdict_stands_beside_its_number_interval_and_basis(small_run):
    small_run.manifest["config"]["quick"] = False
    text = section(small_run.page())
    row = small_run.claims().set_index("claim").loc["clear_best"]
    assert row["verdict"] == "reproduced"
    bounds = f"+{row['value']:.3f} [+{row['low']:.3f}, +{row['high']:.3f}] over seeds"
    means = f"ARI {row['mean']:.3f} against {row['rival_mean']:.3f} of PCA + k-means"
    runs = f"2 of 2 datasets ({row['on']}), {row['runs']} runs against {row['rival_runs']:.0f}"
    assert f"CLEAR reproduced {bounds} {means}; {runs}" in text
    assert row["value"] == pytest.approx(row["mean"] - row["rival_mean"])
    assert "CLEAR is the best Results" in text and "CLEAR's mean ARI is the highest." in text


def test_what_no_seed_changes_has_no_interval_over_seeds(small_run):
    table = small_run.claims()
    row = table.iloc[0].to_dict() | {"rule": "value", "rival": None, "on": "dev_yan"}
    row["verdict"] = "reproduced"
    row |= {"value": 0.818, "low": 0.818, "high": 0.818, "datasets": 1, "of": 1, "runs": 1}
    (answer,) = claims(pd.DataFrame([row]), small_run.manifest)["judged"][0]["answers"]
    assert answer["measured"] == "0.818, which no seed changes"
    assert answer["basis"] == "1 of 1 dataset (dev_yan), 1 run"
    row |= {"value": 0.0, "low": 0.0, "high": 0.0, "interval": "donors, severe"}
    (answer,) = claims(pd.DataFrame([row]), small_run.manifest)["judged"][0]["answers"]
    assert answer["measured"] == "0.000 [0.000, 0.000] over donors, severe"


def test_what_cannot_be_judged_is_apart_with_the_reason(small_run):
    small_run.manifest["config"]["quick"] = False
    judged, rest = section(small_run.page()).split("1 claim that this run cannot judge")
    assert "hrvatin" not in judged
    assert "not testable here" in rest and "datasets not in this run: hrvatin" in rest


def test_a_quick_run_judges_nothing(small_run):
    text = section(small_run.page())
    assert "This run can judge no claim of the paper." in text
    assert "settings: quick, for testing only" in text and "2 claims that" in text
