"""The file of claims: ours is right, and a mistake in it is named."""

from pathlib import Path

import pytest
import yaml

from clear.benchmark.cards import find_cards
from clear.benchmark.claims.claim import check_names, read_claims
from clear.benchmark.settings import CardError

CONFIG = Path(__file__).parents[2] / "config"
SCHEMA = CONFIG / "schemas" / "claims.schema.yaml"
CLAIM = {
    "id": "one", "figure": "2A", "where": "Results", "quote": "CLEAR is best", "test": "It is.",
    "rule": "highest", "methods": ["clear_paper"], "rivals": ["scdha"], "datasets": ["yan"],
    "task": "clustering", "track": "given_k", "metric": "ari",
}  # fmt: skip


def test_every_name_in_the_claims_has_a_card():
    known = {kind: find_cards(kind, [CONFIG]) for kind in ("methods", "datasets")}
    check_names(*read_claims(CONFIG / "claims.yaml", SCHEMA), known)


@pytest.mark.parametrize(
    "change, same_cells, said",
    [
        ({"methods": ["clear_papr"]}, {}, "one: there is no method 'clear_papr'. Did you mean"),
        ({"rivals": ["scdha", "scd"]}, {}, "one: there is no method 'scd'."),
        ({"datasets": ["yan", "dang"]}, {}, "one: there is no dataset 'dang'."),
        ({}, {"yan": "dev_yam"}, "same_cells: there is no dataset 'dev_yam'. Did you mean"),
    ],
)
def test_a_name_without_a_card_is_no_missing_run(tmp_path, change, same_cells, said):
    file = tmp_path / "claims.yaml"
    file.write_text(yaml.safe_dump({"claims": [CLAIM | change], "same_cells": same_cells}))
    known = {kind: find_cards(kind, [CONFIG]) for kind in ("methods", "datasets")}
    with pytest.raises(CardError) as error:
        check_names(*read_claims(file, SCHEMA), known)
    assert said in str(error.value)


def test_the_preset_that_we_recommend_never_answers_for_the_paper():
    claims, _ = read_claims(CONFIG / "claims.yaml", SCHEMA)
    for claim in claims:
        ours = {name for name in claim.methods + claim.rivals if name.startswith("clear")}
        assert ours <= {"clear_paper", "clear_released"}, claim.id


@pytest.mark.parametrize(
    "change, said",
    [
        ({"rule": "hihgest"}, "one: there is no rule 'hihgest'. Did you mean 'highest'?"),
        ({"task": "clustring"}, "Did you mean 'clustering'?"),
        ({"track": "given"}, "the task clustering has no track 'given'. Did you mean 'given_k'?"),
        ({"metric": "asw"}, "given_k has no metric 'asw'."),
        ({"rivals": []}, "the rule highest needs rivals."),
        ({"rule": "value", "published": 0.9}, "the rule value needs no rivals."),
        ({"rule": "margin"}, "the rule margin needs 'published', the paper's number."),
        ({"rule": "margin", "published": 0.1, "rivals": ["a", "b"]}, "compares with one rival"),
        ({"perturbation": "dropout80"}, "perturbation"),
        ({"recipe": "relaesed"}, "recipe"),
        ({"datasets": []}, "datasets"),
        ({"metrc": "ari"}, "unknown key 'metrc' in 'claims.0'. Did you mean 'metric'?"),
    ],
)
def test_a_mistake_is_named(tmp_path, change, said):
    file = tmp_path / "claims.yaml"
    file.write_text(yaml.safe_dump({"claims": [CLAIM | change]}))
    with pytest.raises(CardError, match="claims.yaml") as error:
        read_claims(file, SCHEMA)
    assert said in str(error.value)


def test_an_id_is_there_once(tmp_path):
    file = tmp_path / "claims.yaml"
    file.write_text(yaml.safe_dump({"claims": [CLAIM, CLAIM]}))
    with pytest.raises(CardError, match="one: the id is there twice"):
        read_claims(file, SCHEMA)
