"""Claims about a case study: verdicts by hand, and what keeps a claim open is said."""

from pathlib import Path

import pandas as pd
import pytest
import yaml

from clear.benchmark.cards import find_cards, select
from clear.benchmark.casestudy.declared import read_markers, table_of
from clear.benchmark.casestudy.gene_lists import read_lists
from clear.benchmark.claims.case_claim import CaseClaim, read_case_claims
from clear.benchmark.claims.case_studies import case_claim_table
from clear.benchmark.schemas import read_schemas
from clear.benchmark.settings import CardError

ROOT = Path(__file__).parents[2]
CLAIMS, SCHEMA = ROOT / "config/claims.yaml", ROOT / "config/schemas/claims.schema.yaml"
STATUSES = {"wilk": ["healthy", "moderate", "severe"]}


def claim(**changes):
    words = dict.fromkeys(("figure", "where", "quote", "test", "note"), "")
    about = {"id": "nk", "rule": "down", "methods": ["clear_paper"], "dataset": "wilk"}
    about |= {"type": "NK", "list": None, "statuses": "every"}
    return CaseClaim(**words | about | changes)


def judged(
    claim, moderate, severe, donors=6, method="clear_paper", cohorts=None, on="wilk", quick=False
):
    """The rows of a claim; of a status (difference, high, q)."""
    rows = [
        {"type": "NK", "list": "cytokines", "status": status, "reference": "healthy", "low": -1}
        | {"difference": found[0], "high": found[1], "q": found[2], "donors": donors}
        | {"reference_donors": donors, "reason": None if found[2] == found[2] else "no test"}
        for status, found in (("moderate", moderate), ("severe", severe))
    ]
    tables = {(on, method): {"composition": pd.DataFrame(rows), "scores": pd.DataFrame(rows)}}
    statuses = {on: STATUSES["wilk"]}
    return case_claim_table([claim], cohorts or {}, tables, statuses, quick)


@pytest.mark.parametrize(
    ("moderate", "severe", "verdict", "status"),
    [
        ((-0.1, 0, 0.01), (-0.2, 0, 0.002), "reproduced", "moderate"),
        ((-0.1, 0, 0.2), (-0.2, 0, 0.002), "partly", "moderate"),
        ((-0.1, 0, 0.01), (0.02, 0, 0.9), "not reproduced", "severe"),
    ],
)
def test_the_least_favourable_status_decides(moderate, severe, verdict, status):
    row = judged(claim(), moderate, severe).iloc[0]
    assert (row["verdict"], row["interval"]) == (verdict, f"donors, {status}")
    assert row["value"] == {"moderate": moderate, "severe": severe}[status][0]


def test_only_the_last_status_where_the_text_speaks_of_it():
    rows = judged(claim(rule="up", statuses="last"), (-1, 0, 0.5), (0.3, 1, 0.01))
    assert rows["verdict"].tolist() == ["reproduced"]


@pytest.mark.parametrize(
    ("severe", "verdict"),
    [
        ((0.02, 0.05, 0.6), "reproduced"),
        ((0.02, 0.4, 0.6), "partly"),
        ((0.4, 1, 0.01), "not reproduced"),
    ],
)
def test_no_rise_needs_an_interval_that_ends_early(severe, verdict):
    rows = judged(claim(rule="not_up", list="cytokines"), (0, 0.05, 0.9), severe)
    assert rows["verdict"].tolist() == [verdict]


def test_two_donors_against_two_decide_nothing_and_the_value_is_shown():
    row = judged(claim(), (-0.1, 0, 0.33), (-0.2, 0, 0.33), donors=2).iloc[0]
    assert row["verdict"] == "not testable here" and row["value"] < 0
    assert row["reason"] == "so few donors cannot give a p below 0.33"


def test_a_status_without_a_test_leaves_it_open():
    nan = float("nan")
    row = judged(claim(), (-0.1, 0, 0.01), (nan, nan, nan)).iloc[0]
    assert (row["verdict"], row["reason"]) == ("not testable here", "no test")


def test_a_type_that_nobody_has_leaves_it_open():
    row = judged(claim(type="pDC"), (-0.1, 0, 0.01), (-0.2, 0, 0.01)).iloc[0]
    assert row["reason"] == "no donor of a status has cells that are surely pDC"


def test_other_embeddings_stand_beside_and_the_papers_are_missed():
    rows = judged(claim(), (-0.1, 0, 0.01), (-0.2, 0, 0.01), method="pca")
    assert rows["method"].tolist() == ["clear_paper", "pca"]
    assert rows["verdict"].tolist() == ["not testable here", "reproduced"]
    assert rows["reason"][0] == "embeddings not in this run: clear_paper"


def test_another_cohort_answers_and_is_named():
    found = (-0.1, 0, 0.01), (-0.2, 0, 0.01)
    row = judged(claim(), *found, cohorts={"wilk": "combat"}, on="combat").iloc[0]
    assert (row["verdict"], row["on"]) == ("reproduced", "combat")
    assert row["reason"] == "datasets not in this run: wilk; answered by another cohort, combat"


def test_a_run_without_the_dataset_or_with_quick_settings_judges_nothing():
    found = (-0.1, 0, 0.01), (-0.2, 0, 0.01)
    elsewhere = judged(claim(), *found, on="simulated")
    assert elsewhere["verdict"].tolist() == ["not testable here"]
    assert judged(claim(), *found, quick=True)["verdict"].tolist() == ["not testable here"]


def test_every_name_in_the_claims_is_there():
    claims, cohorts = read_case_claims(CLAIMS, SCHEMA)
    config = [ROOT / "config"]
    names = [*cohorts, *cohorts.values()]
    cards = select("datasets", names, config, read_schemas(ROOT)["dataset"])
    for one in claims:
        assert set(one.methods) <= set(find_cards("methods", config))
        for name in (one.dataset, cohorts[one.dataset]):
            assert one.type in read_markers(table_of(cards[name], "markers")), one.id
            assert one.list is None or one.list in read_lists(table_of(cards[name], "gene_lists"))
            assert one.list is None or one.type in cards[name]["focus"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"rule": "dwon"}, "nk: there is no rule 'dwon'. Did you mean 'down'?"),
        ({"statuses": "first"}, "case_studies.0.statuses"),
        ({"id": "ari_highest"}, "ari_highest: the id is there twice"),
    ],
)
def test_a_mistake_is_named(tmp_path, change, said):
    content = yaml.safe_load(CLAIMS.read_text())
    entry = {k: v for k, v in vars(claim()).items() if k not in ("list", "note")}
    content["case_studies"] = [entry | change]
    path = tmp_path / "claims.yaml"
    path.write_text(yaml.safe_dump(content))
    with pytest.raises(CardError) as error:
        read_case_claims(path, SCHEMA)
    assert said in str(error.value)
