"""Claims about an atlas: verdicts by hand, and what keeps one open."""

from pathlib import Path

import pandas as pd
import pytest
import yaml

from clear.benchmark.cards import find_cards
from clear.benchmark.claims.atlases import AtlasClaim, atlas_claim_table, read_atlas_claims
from clear.benchmark.settings import CardError

ROOT = Path(__file__).parents[2]
CLAIMS, SCHEMA = ROOT / "config/claims.yaml", ROOT / "config/schemas/claims.schema.yaml"
NOT_TESTABLE = "not testable here"


def claim(**changes):
    words = dict.fromkeys(("figure", "where", "quote", "test", "note"), "")
    about = {"id": "a", "rule": "clusters", "methods": ["clear_paper"], "dataset": "ren"}
    return AtlasClaim(**words | about | {"published": 40.0} | changes)


def judged(
    claim, clusters=40, types=13, hours=2.0, device="cuda", quick=False, on="ren", cohort=None
):
    """The only row of a claim; ``cohort``: hours of a smaller case study of 1,000 cells."""
    record = {"clusters": clusters, "cells": 10_000, "seconds": {"umap": 0.5 * 3600}}
    maps, wall = {(on, "clear_paper"): record}, {on: (hours - 0.5) * 3600}
    if cohort is not None:
        maps["wilk", "clear_paper"] = record | {"cells": 1000}
        wall["wilk"] = cohort * 3600
    sure = [True] * types + [False]
    table = pd.DataFrame({"type": [f"t{i}" for i in range(types + 1)], "sure": sure})
    runs = pd.DataFrame({"dataset": list(wall), "wall_s": list(wall.values()), "device": device})
    runs = runs.assign(method="clear_paper", recipe="standard", perturbation="none", seed=0)
    rows = atlas_claim_table([claim], maps, {(on, "clear_paper"): table}, runs, quick)
    assert len(rows) == 1
    return rows.iloc[0]


@pytest.mark.parametrize(
    ("rule", "published", "found", "verdict"),
    [
        ("clusters", 40, {"clusters": 44}, "reproduced"),
        ("clusters", 40, {"clusters": 31}, "partly"),
        ("clusters", 40, {"clusters": 60}, "not reproduced"),
        ("types", 13, {"types": 14}, "reproduced"),
        ("types", 13, {"types": 10}, "partly"),
        ("types", 13, {"types": 9}, "not reproduced"),
        ("hours", 3, {"hours": 3.0}, "reproduced"),
        ("hours", 3, {"hours": 5.0}, "partly"),
        ("hours", 3, {"hours": 7.0}, "not reproduced"),
        ("hours", 3, {"hours": 2.0, "device": "cpu"}, "reproduced"),
        ("per_cell", None, {"hours": 2.5, "cohort": 0.2}, "reproduced"),
        ("per_cell", None, {"hours": 2.5, "cohort": 0.15}, "partly"),
        ("per_cell", None, {"hours": 2.5, "cohort": 0.09}, "not reproduced"),
    ],
)
def test_verdicts(rule, published, found, verdict):
    assert judged(claim(rule=rule, published=published), **found)["verdict"] == verdict


@pytest.mark.parametrize(
    ("rule", "found", "reason"),
    [
        ("hours", {"hours": 7.0, "device": "cpu"}, "without a GPU"),
        ("per_cell", {}, "no smaller case study in this run"),
        ("clusters", {"on": "simulated"}, "datasets not in this run: ren"),
        ("clusters", {"quick": True}, "settings: quick, for testing only"),
    ],
)
def test_what_keeps_a_claim_open_is_said(rule, found, reason):
    row = judged(claim(rule=rule, published=3.0), **found)
    assert (row["verdict"], row["reason"]) == (NOT_TESTABLE, reason)


def test_a_method_without_embedding_is_missed():
    runs = pd.DataFrame()
    rows = atlas_claim_table([claim()], {("ren", "clear_paper"): {}}, {}, runs, False)
    assert rows["reason"].tolist() == ["embeddings not in this run: clear_paper"]


def test_every_name_in_the_claims_is_there():
    for one in read_atlas_claims(CLAIMS, SCHEMA):
        assert set(one.methods) <= set(find_cards("methods", [ROOT / "config"]))
        assert one.dataset in find_cards("datasets", [ROOT / "config"])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"rule": "cluster"}, "a: there is no rule 'cluster'. Did you mean 'clusters'?"),
        ({"published": None}, "a: the rule 'clusters' needs `published`"),
        ({"id": "nk_depleted"}, "nk_depleted: the id is there twice"),
    ],
)
def test_a_mistake_is_named(tmp_path, change, said):
    content = yaml.safe_load(CLAIMS.read_text())
    content["atlases"] = [vars(claim()) | change]
    path = tmp_path / "claims.yaml"
    path.write_text(yaml.safe_dump(content))
    with pytest.raises(CardError) as error:
        read_atlas_claims(path, SCHEMA)
    assert said in str(error.value)
