"""The file of claims: ours is right, and a mistake in it is named."""

from pathlib import Path

import pytest
import yaml

from clear.benchmark.cards import find_cards
from clear.benchmark.claims.atlases import read_atlas_claims
from clear.benchmark.claims.case_claim import read_case_claims
from clear.benchmark.claims.claim import check_names, read_claims
from clear.benchmark.settings import CardError

CONFIG = Path(__file__).parents[2] / "config"
SCHEMA = CONFIG / "schemas" / "claims.schema.yaml"
CLAIM = {
    "id": "one", "figure": "2A", "where": "Results", "quote": "CLEAR is best", "test": "It is.",
    "rule": "highest", "methods": ["clear_paper"], "rivals": ["scdha"], "datasets": ["yan"],
    "task": "clustering", "track": "given_k", "metric": "ari",
}  # fmt: skip


KNOWN = {kind: find_cards(kind, [CONFIG]) for kind in ("methods", "datasets")}
ABOUT = {"figure": "5B", "where": "Results", "quote": "T cells fall", "test": "They do."}
STUDY = ABOUT | {"id": "two", "methods": ["clear_paper"], "dataset": "gse150728"}
STUDY |= {"rule": "down", "type": "T cells"}
ATLAS = ABOUT | {"id": "three", "methods": ["clear_paper"], "dataset": "gse158055"}
ATLAS |= {"rule": "hours", "published": 3}


def check(file):
    claims, same_cells = read_claims(file, SCHEMA)
    studies, cohorts = read_case_claims(file, SCHEMA)
    stand_ins = {"same_cells": same_cells, "other_cohorts": cohorts}
    check_names([*claims, *studies, *read_atlas_claims(file, SCHEMA)], stand_ins, KNOWN)


def test_every_name_in_the_claims_has_a_card():
    check(CONFIG / "claims.yaml")


@pytest.mark.parametrize(
    "change, said",
    [
        ({"claims": {"methods": ["clear_papr"]}}, "one: there is no method 'clear_papr'. Did you"),
        ({"claims": {"rivals": ["scdha", "scd"]}}, "one: there is no method 'scd'."),
        ({"claims": {"datasets": ["yan", "dang"]}}, "one: there is no dataset 'dang'."),
        ({"case_studies": {"dataset": "gse1"}}, "two: there is no dataset 'gse1'."),
        ({"atlases": {"methods": ["clear_papr"]}}, "three: there is no method 'clear_papr'."),
        ({"same_cells": {"yan": "dev_yam"}}, "same_cells: there is no dataset 'dev_yam'. Did you"),
        ({"other_cohorts": {"gse1": "dev_yan"}}, "other_cohorts: there is no dataset 'gse1'."),
    ],
)
def test_a_name_without_a_card_is_no_missing_run(tmp_path, change, said):
    content = {"same_cells": {}, "other_cohorts": {}} | change
    for part, claim in (("claims", CLAIM), ("case_studies", STUDY), ("atlases", ATLAS)):
        content[part] = [claim | change.get(part, {})]
    file = tmp_path / "claims.yaml"
    file.write_text(yaml.safe_dump(content))
    with pytest.raises(CardError) as error:
        check(file)
    assert said in str(error.value)


def test_the_preset_that_we_recommend_never_answers_for_the_paper():
    claims, _ = read_claims(CONFIG / "claims.yaml", SCHEMA)
    for claim in claims:
        ours = {name for name in claim.methods + claim.rivals if name.startswith("clear")}
        assert ours <= {"clear_paper", "clear_released"}, claim.id


def test_a_rival_is_the_card_that_is_told_what_the_track_gives():
    """Told the number of types, scDHA makes as many clusters: k-means of its embedding is less."""
    claims, _ = read_claims(CONFIG / "claims.yaml", SCHEMA)
    given = [claim for claim in claims if claim.track == "given_k"]
    assert given
    for claim in given:
        for name in claim.rivals:
            assert not (CONFIG / f"methods/{name}_given_k.yaml").exists(), (claim.id, name)


def test_clustering_is_compared_with_the_methods_that_the_text_names():
    claims = {claim.id: claim for claim in read_claims(CONFIG / "claims.yaml", SCHEMA)[0]}
    names = ["seurat", "sc3", "cidr", "sincera", "scgnn", "scvi", "scdha", "itclust", "scrae"]
    names += ["contrastive_sc", "scname"]
    for name in ("ari_most", "nmi_most", "ari_highest"):
        assert [rival.removesuffix("_given_k") for rival in claims[name].rivals] == names
    eight = [rival.removesuffix("_given_k") for rival in claims["dropout_80"].rivals]
    assert eight == names[:8]  # without those whose scripts the authors did not publish


@pytest.mark.parametrize(
    "change, said",
    [
        ({"rule": "hihgest"}, "one: there is no rule 'hihgest'. Did you mean 'highest'?"),
        ({"task": "clustring"}, "Did you mean 'clustering'?"),
        ({"track": "given"}, "the task clustering has no track 'given'. Did you mean 'given_k'?"),
        ({"metric": "asw"}, "given_k has no metric 'asw'."),
        (
            {"track": "turning_point", "metric": "nmi"},
            "the turning point has no metric 'nmi', only",
        ),
        ({"track": "turning_point", "perturbation": "dropout_80"}, "without perturbation only"),
        ({"rivals": ["itself"]}, "the rival itself needs another rival_perturbation"),
        ({"rule": "near_one"}, "the rule near_one needs no rivals."),
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
