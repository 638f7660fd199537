"""Grids of cards become methods, within one budget, and a run of them ends in Table S3."""

import pandas as pd
import pytest

from clear.benchmark.cards import load_cards, read_yaml
from clear.benchmark.plan import load_plan
from clear.benchmark.schemas import read_schemas
from clear.benchmark.settings import CardError
from clear.benchmark.tuning import BUDGET, tuned

CARD = {
    "id": "m", "title": "M", "_file": None, "settings": {"a": 1, "changes": {"b": 2}},
}  # fmt: skip


def settings(tuning, tmp_path):
    cards = {"m": CARD | {"tuning": tuning, "_file": tmp_path / "m.yaml"}}
    found, records = tuned(cards)
    assert [r["method"] for r in records] == ["m", *found]
    assert {r["base"] for r in records} == {"m"}
    assert all(card["script"] == "m" and card["id"] == name for name, card in found.items())
    return [card["settings"] for card in found.values()], [r["settings"] for r in records]


def test_the_grid_is_a_product_without_the_configuration_of_the_card(tmp_path):
    found, words = settings({"a": [1, 5], "changes": {"b": [2, 3]}}, tmp_path)
    assert found == [
        {"a": 1, "changes": {"b": 3}},
        {"a": 5, "changes": {"b": 2}},
        {"a": 5, "changes": {"b": 3}},
    ]
    assert words == ["", "a 1, b 3", "a 5, b 2", "a 5, b 3"]
    assert settings({}, tmp_path) == ([], [""])


def test_a_grid_over_the_budget_is_refused(tmp_path):
    assert len(settings({"a": list(range(2, BUDGET + 1))}, tmp_path)[0]) == BUDGET - 1
    with pytest.raises(CardError, match=r"m\.yaml: tuning: 6 configurations .* more than 6"):
        settings({"a": list(range(2, BUDGET + 2))}, tmp_path)


def test_every_card_keeps_to_the_budget_and_clear_has_a_grid(repository):
    schema = read_schemas(repository)["method"]
    cards = load_cards("methods", [repository / "config"], schema)
    found, records = tuned(cards)
    assert {"clear", "clear_paper", "scvi", "seurat"} <= {
        r["base"] for r in records if r["settings"]
    }

    def what(card: dict, name: str = "") -> tuple:  # told the batch, a script does something else
        return card.get("script", name), repr(card["settings"]), repr(card["told"])

    scripts = [what(card) for card in found.values()]
    own = [what(card, name) for name, card in cards.items()]
    assert len(set(scripts)) == len(scripts) and not set(scripts) & set(own)


def test_table_s3_has_every_rival_that_clusters_and_has_a_grid(repository):
    schema = read_schemas(repository)["method"]
    cards = load_cards("methods", [repository / "config"], schema)
    rivals = {
        name
        for name, card in cards.items()
        if card.get("tuning") and "clustering" in card["tasks"] and not name.startswith("clear")
    }
    assert rivals <= {*read_yaml(repository / "config/tuning.yaml")["methods"]}


def test_a_run_is_tuned_only_if_it_says_so(repository):
    config = read_yaml(repository / "config/config.yaml")
    config |= read_yaml(repository / "config/tuning.yaml")
    plan = load_plan(config, repository)
    assert len(plan.methods) == len(plan.tuning) > len(config["methods"])
    plan = load_plan(config | {"tuning": None}, repository)
    assert list(plan.methods) == config["methods"] and plan.tuning == []
    with pytest.raises(CardError, match="tuning"):
        load_plan(config | {"tuning": "ari"}, repository)


def test_a_run_ends_in_table_s3(tmp_path, cards, snakemake):
    settings = ["datasets=[tiny]", "methods=[pca,control_random]", "seeds=[0]", "run=r"]
    settings += [f"extra_cards={cards}", "tuning=silhouette"]
    folder = tmp_path / "results/r"
    snakemake(tmp_path, "results/r/tables/s3.html", "--config", *settings)
    table = pd.read_csv(folder / "tables/s3.tsv", sep="\t")
    assert set(table["choice"]) == {"as on the card", "by silhouette", "by labels"}
    scores = pd.read_csv(folder / "scores.tsv", sep="\t")
    ari = scores[(scores["metric"] == "ari") & (scores["track"] == "given_k")]
    ari = ari.groupby("method")["value"].mean()
    shown = table[(table["metric"] == "ari") & (table["track"] == "given_k")]
    shown = shown[shown["method"] == "pca"].set_index("choice")
    of_pca = ari[ari.index.str.startswith("pca")]
    assert len(of_pca) == 5 and shown.at["by labels", "mean"] == pytest.approx(of_pca.max())
    assert shown.at["as on the card", "mean"] == pytest.approx(ari["pca"])
    assert "by silhouette" in (folder / "tables/s3.html").read_text()
