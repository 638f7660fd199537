"""The task of batch effects on embeddings of which theory says what every metric must be."""

import json

import numpy as np
import pandas as pd
import pytest

from clear.benchmark.methods.contract import write_embedding
from clear.benchmark.metrics.metric import metrics_of
from clear.benchmark.tasks.batch import ANY, TASK, UNTOLD
from clear.benchmark.tasks.score import RUN, score_run

N = 600
RNG = np.random.default_rng(0)
TYPES = RNG.choice(4, N, p=[0.4, 0.3, 0.2, 0.1])
BATCHES = np.arange(N) % 2
OF_TYPE, OF_BATCH = np.eye(4)[TYPES], np.eye(2)[BATCHES]
# Types 2 and 3 are in one batch each, types 0 and 1 in both.
SOME_UNSHARED = np.select([TYPES == 2, TYPES == 3], [0, 1], BATCHES)
# What each metric is, and a margin, for embeddings that know nothing of the types, or all; and of
# the batches. cLISI of what knows nothing: of 4 types with shares .4 to .1, (4 - 1 / .3) / 3.
BLIND = {
    "c_ari": (0, 0.03), "c_asw": (0.5, 0.05), "f1_ari": (0, 0.03), "f1_asw": (0.5, 0.05),
    "balance": (0, 0.05), "clisi": (0.22, 0.15), "isolated_asw": (0.5, 0.05),
    "unshared_apart": (0, 0.05),
}  # fmt: skip
MIXED = {
    "bras": (1, 0.08), "mixing": (0.93, 0.08), "cilisi": (0.93, 0.08), "ilisi": (0.95, 0.08),
    "kbet": (0.95, 0.07), "b_ari": (0, 0.02), "one_minus_b_ari": (1, 0.02), "b_asw": (0.5, 0.02),
    "one_minus_b_asw": (0.5, 0.02),
}  # fmt: skip
TYPES_APART = {
    "c_ari": (1, 0), "c_asw": (1, 0.1), "clisi": (1, 0.01), "connectivity": (1, 0),
    "isolated_asw": (1, 0.1), "unshared_apart": (1, 0.1), "balance": (1, 0.05), "f1_ari": (1, 0.02),
    "f1_asw": (2 / 3, 0.02),
}  # fmt: skip
BATCHES_APART = {
    "bras": (0, 0.05), "mixing": (0, 0.01), "cilisi": (0, 0.01), "ilisi": (0, 0.01), "kbet": (0, 0),
    "balance": (0, 0.02),
}  # fmt: skip
# Only the batch: types 0 and 1 are cut in halves, 2 and 3 are whole and each in a batch. That
# their silhouettes are the highest is why nothing ranks by them.
BATCH_ONLY = BATCHES_APART | {
    "b_ari": (1, 0), "one_minus_b_ari": (0, 0), "f1_ari": (0, 0), "b_asw": (1, 0),
    "one_minus_b_asw": (0, 0), "f1_asw": (0, 0), "pcr": (1, 1e-6), "connectivity": (0.75, 0.05),
    "isolated_asw": (1, 0), "unshared_apart": (1, 0), "c_ari": (0.1, 0.1), "c_asw": (0.4, 0.1),
    "clisi": (0.38, 0.1),
}  # fmt: skip
# Types and batches apart alike: a cluster for each batch of a type, of which k-means finds four.
BOTH_APART = {
    "c_ari": (0.35, 0.2), "c_asw": (0.77, 0.1), "clisi": (1, 0.01), "connectivity": (0.5, 0.1),
    "isolated_asw": (0.77, 0.1), "unshared_apart": (0.55, 0.1),
}  # fmt: skip


@pytest.fixture
def scored(tmp_path):
    """Score an embedding as the workflow does; the rows of the first track by metric."""

    def score(embedding, types=TYPES, batches=BATCHES):
        cells = [f"c{i}" for i in range(len(types))]
        status = dict(zip(RUN, ("d", "standard", "none", "m", 0), strict=True)) | {"status": "ok"}
        (tmp_path / "status.json").write_text(json.dumps(status))
        write_embedding(type("Params", (), {"output": str(tmp_path)}), embedding, cells)
        truth = pd.DataFrame(
            {"cell_type": [f"t{t}" for t in types], "batch": [f"b{b}" for b in batches]},
            index=pd.Index(cells, name="cell"),
        )
        truth.to_csv(tmp_path / "truth.tsv", sep="\t")
        rows = score_run(TASK, tmp_path, tmp_path / "truth.tsv", {}, [ANY, UNTOLD])
        first, second = (rows[rows["track"] == t].drop(columns="track") for t in (ANY, UNTOLD))
        assert first.reset_index(drop=True).equals(second.reset_index(drop=True))
        return first.set_index("metric")

    return score


def shuffled_within_types(embedding):
    found = embedding.copy()
    for kind in np.unique(TYPES):
        own = np.flatnonzero(kind == TYPES)
        found[own] = found[RNG.permutation(own)]
    return found


BOTH = np.hstack([3 * OF_TYPE, 3 * OF_BATCH]) + RNG.normal(0, 0.1, (N, 6))


CASES = {
    "constant": (
        np.ones((N, 5)), BLIND | MIXED | {"connectivity": (1, 0), "pcr": (np.nan, 0)}
    ),
    "noise": (
        RNG.normal(size=(N, 5)), BLIND | MIXED | {"connectivity": (0.9, 0.1), "pcr": (0, 0.03)}
    ),
    "label": (OF_TYPE, MIXED | TYPES_APART | {"pcr": (0.08, 0.03)}),  # two types follow the batches
    "batch": (np.eye(2)[SOME_UNSHARED], BATCH_ONLY),
    "label and batch": (
        BOTH,
        BATCHES_APART | BOTH_APART | {
            "b_ari": (0.5, 0.2), "one_minus_b_ari": (0.5, 0.2), "f1_ari": (0.4, 0.2),
            "b_asw": (0.8, 0.1), "one_minus_b_asw": (0.2, 0.1), "f1_asw": (0.33, 0.1),
            "pcr": (0.25, 0.1),
        },
    ),
    "cheating": (
        shuffled_within_types(BOTH),
        MIXED | BOTH_APART | {
            "bras": (0.92, 0.08), "balance": (0.5, 0.2), "f1_ari": (0.5, 0.2),
            "f1_asw": (0.61, 0.05), "pcr": (0.05, 0.05), "ilisi": (0.87, 0.1),
        },
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_theory_says_of_every_metric(scored, name):
    embedding, expected = CASES[name]
    rows = scored(embedding, batches=SOME_UNSHARED)
    assert sorted(rows.index) == sorted(expected) == sorted(metrics_of("batch"))
    for metric, (value, margin) in expected.items():
        found = rows.loc[metric, "value"]
        assert found == pytest.approx(value, abs=margin + 1e-9, nan_ok=True), metric
    for metric, about in metrics_of("batch").items():
        found = rows.loc[metric, "value"]
        assert np.isnan(found) or about.low - 1e-9 <= found <= about.high + 1e-9, metric


def test_the_balance_is_best_where_types_are_apart_and_batches_mixed(scored):
    good = 3 * OF_TYPE + RNG.normal(0, 0.1, OF_TYPE.shape)
    others = [np.ones((N, 5)), RNG.normal(size=(N, 5)), OF_BATCH + 0.0, BOTH]
    best = scored(good).loc["balance", "value"]
    assert best > 0.85
    assert all(scored(other).loc["balance", "value"] < 0.1 for other in others)


def test_batches_of_different_size_are_mixed_as_far_as_they_can_be(scored):
    batches = (RNG.random(N) < 0.1).astype(int)
    rows = scored(3 * OF_TYPE + RNG.normal(0, 0.1, OF_TYPE.shape), batches=batches)["value"]
    assert rows["cilisi"] < 0.3 and rows["mixing"] > 0.75 and rows["balance"] > 0.85


def test_types_that_one_batch_has_are_scored_for_staying_apart(scored):
    """Types 2 and 3 are in one batch each; merging them shows in no other term of mixing."""
    batches = SOME_UNSHARED
    apart = 3 * OF_TYPE + RNG.normal(0, 0.1, OF_TYPE.shape)
    merged = apart.copy()
    merged[TYPES == 3] = merged[TYPES == 3][:, [0, 1, 3, 2]]
    good, bad = (scored(x, batches=batches)["value"] for x in (apart, merged))
    assert good["unshared_apart"] > 0.9 and abs(bad["unshared_apart"]) < 0.05
    assert good["isolated_asw"] > 0.9 and bad["isolated_asw"] < 0.6
    assert good["cilisi"] == pytest.approx(bad["cilisi"], abs=0.05)
    assert good["b_asw"] == pytest.approx(bad["b_asw"], abs=0.02)
    assert good["balance"] - bad["balance"] > 0.05


def test_a_metric_that_does_not_apply_says_why(scored):
    x = RNG.normal(size=(N, 3))
    rows = scored(x)
    assert "all batches have all cell types" in rows.loc["isolated_asw", "message"]
    assert rows.loc["isolated_asw", "status"] == "not_applicable"
    confounded = scored(x, batches=(TYPES > 1).astype(int))
    for name in ("b_ari", "one_minus_b_asw", "f1_asw"):
        assert confounded.loc[name, "message"] == "no cell type is in all batches"
    for name in ("bras", "kbet", "cilisi", "balance"):
        assert "cell type" in confounded.loc[name, "message"]
        assert confounded["value"].isna()[name]
    assert confounded["value"].notna()[["c_ari", "ilisi", "pcr"]].all()
    one = scored(x, types=np.zeros(N, int))
    assert one.loc["balance", "message"] == "all cells are of one type"


def test_one_batch_has_no_scores(scored):
    rows = scored(RNG.normal(size=(20, 3)), types=np.arange(20) % 2, batches=np.zeros(20, int))
    assert rows["message"].tolist() == ["all cells are of one batch"]


def test_few_cells_give_numbers_or_reasons(scored):
    for n in (2, 3, 5, 12):
        rows = scored(
            RNG.normal(size=(n, 3)), types=np.arange(n) // 2 % 2, batches=np.arange(n) % 2
        )
        assert (rows["value"].notna() | (rows["message"] != "")).all()
