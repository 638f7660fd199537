"""Verdicts from a table of scores: by hand, and what is missing is said."""

import dataclasses

import pandas as pd
import pytest
from scipy.stats import t

from clear.benchmark.claims.claim import Claim
from clear.benchmark.claims.evaluate import claim_tables

CLAIM = Claim(
    id="best", figure="2A", where="Results", quote="best", test="It is the best.", rule="highest",
    methods=["clear_paper"], rivals=["scdha", "scvi"], datasets=["yan"], task="clustering",
    track="given_k", metric="ari", recipe="standard", perturbation="none", published=None, note="",
)  # fmt: skip
WHERE = {"recipe": "standard", "perturbation": "none", "task": "clustering"}


def scores(values):
    """A table from {(dataset, method): values by seed}; text is a status without a score."""
    rows = []
    for (dataset, method), runs in values.items():
        for seed, value in enumerate(runs):
            row = WHERE | {"dataset": dataset, "method": method, "seed": seed, "status": "ok"}
            row |= {"track": "given_k", "metric": "ari", "value": value, "message": ""}
            if isinstance(value, str):
                row |= {"track": None, "metric": None, "value": None, "status": value}
            rows.append(row)
    return pd.DataFrame(rows).astype({"value": float})


def judged(values, claim=CLAIM, same_cells=None, fixed=(), quick=False):
    """The row of the claim, and its pairs."""
    table = scores(values)
    datasets = list(dict.fromkeys(dataset for dataset, _ in values))
    seeds = {m: list(range(len(runs))) for (_, m), runs in values.items()}
    rows, pairs = claim_tables([claim], same_cells or {}, table, datasets, seeds, set(fixed), quick)
    return rows.iloc[0], pairs


BEST = {
    ("yan", "clear_paper"): [0.9, 0.92], ("yan", "scdha"): [0.5, 0.52], ("yan", "scvi"): [0.6, 0.61]
}  # fmt: skip


def test_the_nearest_rival_decides_and_every_pair_is_there():
    row, pairs = judged(BEST)
    assert (row["verdict"], row["rival"]) == ("reproduced", "scvi")
    assert row["value"] == pytest.approx(0.91 - 0.605)
    assert row["low"] < row["value"] < row["high"] and row["interval"] == "seeds"
    assert list(pairs["value"]) == pytest.approx([0.4, 0.305])
    assert list(pairs["rival_mean"]) == pytest.approx([0.51, 0.605])


def test_a_method_is_compared_with_itself_under_another_perturbation():
    kept = dataclasses.replace(
        CLAIM, rivals=["itself"], perturbation="dropout_10", rival_perturbation="none"
    )  # fmt: skip
    before = scores({("yan", "clear_paper"): [0.8, 0.82, 0.84]})
    after = scores({("yan", "clear_paper"): [0.7, 0.74]}).assign(perturbation="dropout_10")
    table, seeds = pd.concat([before, after]), {"clear_paper": [0, 1, 2]}
    rows, _ = claim_tables([kept], {}, table, ["yan"], seeds, set(), quick=False)
    row = rows.iloc[0]
    assert (row["mean"], row["rival_mean"]) == pytest.approx((0.72, 0.82))
    assert (row["rival"], row["verdict"]) == ("itself", "not reproduced")
    assert (row["runs"], row["rival_runs"]) == (2, 3)
    assert row["reason"] == "runs without a score: clear_paper on yan (no score)"
    swapped = dataclasses.replace(kept, perturbation="none", rival_perturbation="dropout_10")
    rows, _ = claim_tables([swapped], {}, table, ["yan"], seeds, set(), quick=False)
    assert rows.iloc[0]["value"] == pytest.approx(0.1)
    assert rows.iloc[0]["reason"] == "runs without a score: clear_paper on dropout_10 (no score)"


def test_a_claim_about_most_datasets_counts_those_where_the_mean_is_above_all_rivals():
    names = ["yan", "deng", "pollen"]
    values = {(name, method): runs for name in names for (_, method), runs in BEST.items()}
    values["yan", "scvi"] = [0.9, 0.95]  # .925 against .91
    claim = dataclasses.replace(CLAIM, rule="most", datasets=names)
    row, pairs = judged(values, claim)
    assert (row["verdict"], row["rival"], row["ahead"]) == ("reproduced", "scvi", 2)
    assert list(pairs["ahead"]) == [3, 2]
    values["deng", "scdha"] = [0.9, 0.95]  # now each rival leads on another one
    row, _ = judged(values, claim)
    assert (row["verdict"], row["ahead"]) == ("partly", 2)
    values["deng", "scvi"] = [0.9, 0.95]
    del values["yan", "scdha"]
    row, _ = judged(values, claim)
    assert (row["verdict"], row["rival"], row["ahead"]) == ("not reproduced", "scvi", 1)


def test_the_stand_in_with_the_same_cells_answers_and_is_named():
    values = {("dev_yan", method): runs for (_, method), runs in BEST.items()}
    row, _ = judged(values, same_cells={"yan": "dev_yan"})
    assert (row["verdict"], row["on"]) == ("reproduced", "dev_yan")


def test_a_rival_that_is_missing_leaves_it_open_and_is_named():
    row, _ = judged({key: runs for key, runs in BEST.items() if key[1] != "scvi"})
    assert row["verdict"] == "not testable here"
    assert row["reason"] == "methods not in this run: scvi"


def test_a_rival_that_is_better_refutes_whatever_is_missing():
    row, _ = judged({("yan", "clear_paper"): [0.4, 0.5], ("yan", "scdha"): [0.5, 0.52]})
    assert (row["verdict"], row["rival"]) == ("not reproduced", "scdha")
    assert row["reason"] == "methods not in this run: scvi"
    # the number of runs is that of the pair that decides, not of the one that is missing
    assert (row["mean"], row["rival_mean"]) == pytest.approx((0.45, 0.51))
    assert (row["datasets"], row["runs"], row["rival_runs"]) == (1, 2, 2)


def test_lost_runs_are_named_and_one_of_several_leaves_a_verdict():
    row, _ = judged(BEST | {("yan", "scvi"): [0.6, 0.61, "timeout"]})
    assert row["verdict"] == "reproduced"
    assert row["reason"] == "runs without a score: scvi on yan (timeout)"
    row, _ = judged(BEST | {("yan", "scvi"): ["failed", "timeout"]})
    assert row["verdict"] == "not testable here"
    assert row["reason"] == "runs without a score: scvi on yan (failed, timeout)"


def test_the_reason_is_that_of_the_metric_and_of_no_other():
    """Another metric of the same run does not apply; the one of the claim was lost with its run."""
    table = scores(BEST | {("yan", "scvi"): [0.6, "timeout"]})
    other = table[table["value"].notna()].assign(
        metric="nmi", value=None, status="not_applicable"
    )  # fmt: skip
    seeds = {method: [0, 1] for method in ("clear_paper", "scdha", "scvi")}
    both = pd.concat([table, other]).astype({"value": float})
    rows, _ = claim_tables([CLAIM], {}, both, ["yan"], seeds, {"scvi"}, quick=False)
    assert rows.iloc[0]["reason"] == "runs without a score: scvi on yan (timeout)"


def test_a_dataset_that_is_missing_leaves_it_open():
    row, _ = judged(BEST, Claim(**{**vars(CLAIM), "datasets": ["yan", "deng"]}))
    assert (row["verdict"], row["datasets"], row["of"]) == ("not testable here", 1, 2)
    assert row["reason"] == "datasets not in this run: deng"


def test_without_a_spread_there_is_no_verdict_and_no_number():
    one = {key: runs[:1] for key, runs in BEST.items()}
    lost = "no spread: one run of a method that draws at random"
    for values in (one, one | {("yan", "scvi"): [0.95]}):  # as good as refuted, but by one run
        row, pairs = judged(values)
        assert (row["verdict"], row["reason"]) == ("not testable here", lost)
        assert row[["value", "low", "rival"]].isna().all() and row["runs"] == 1
        assert pairs["value"].notna().all()
    row, _ = judged(one, fixed=("clear_paper", "scdha", "scvi"))
    assert row["verdict"] == "reproduced"
    claim = Claim(**{**vars(CLAIM), "rule": "value", "rivals": [], "published": 0.5})
    row, _ = judged(one, claim)
    assert (row["verdict"], row["reason"]) == ("not testable here", lost)


def test_a_rival_with_a_spread_refutes_whatever_another_lacks():
    row, _ = judged(BEST | {("yan", "scdha"): [0.95, 0.96], ("yan", "scvi"): [0.6]})
    assert (row["verdict"], row["rival"]) == ("not reproduced", "scdha")


def test_quick_settings_answer_no_claim():
    row, _ = judged(BEST, quick=True)
    assert (row["verdict"], row["reason"]) == (
        "not testable here", "settings: quick, for testing only"
    )  # fmt: skip
    assert row["value"] == pytest.approx(0.305)


def test_a_value_is_compared_with_the_papers():
    claim = Claim(**{**vars(CLAIM), "rule": "value", "rivals": [], "published": 0.9})
    row, pairs = judged(BEST, claim)
    assert (row["verdict"], row["value"], len(pairs)) == ("partly", pytest.approx(0.91), 0)
    assert row["low"] == pytest.approx(0.91 - 0.01 * t.ppf(0.975, 1)) and row["high"] == 1
    row, _ = judged(BEST | {("yan", "clear_paper"): [0.9, 0.901]}, claim)
    assert row["verdict"] == "reproduced"
