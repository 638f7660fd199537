"""Which labelled dataset a method learns from, and when it has none."""

import json
from types import SimpleNamespace

import pandas as pd
import pytest

from clear.benchmark.cards import CardError
from clear.benchmark.plan import load_plan
from clear.benchmark.report.manifest import manifest
from clear.benchmark.source_dataset import why_no_source
from clear.benchmark.workflow import Workflow
from clear.benchmark.yaml_file import read_yaml


@pytest.fixture
def plan(repository, tmp_path, add_dataset, add_method):
    """Plan three datasets of one's own and a method that learns from one of them."""

    def make(datasets=("skin", "lung", "atlas"), cards=None, **method):
        places = {name: {"path": f"../{name}.h5ad"} for name in ("skin", "lung", "atlas")}
        for name, card in places.items():
            add_dataset(tmp_path, name, **(card | (cards or {}).get(name, {})))
        method = {"told": ["source"], "source_dataset": {"default": "atlas"}} | method
        add_method(tmp_path, "learner", "", **method)
        config = read_yaml(repository / "config/config.yaml")
        own = {"extra_cards": str(tmp_path), "datasets": list(datasets), "methods": ["learner"]}
        return load_plan(config | own, repository)

    return make


def order(plan, repository, dataset, perturbation="none"):
    """Return source of the order, and the folders on which the job waits for it."""
    methods = Workflow(plan, repository, with_conda=True).methods
    card = plan.methods["learner"]
    where = {"dataset": dataset, "recipe": "standard", "perturbation": perturbation, "seed": "0"}
    wildcards = SimpleNamespace(**where)
    terms = json.loads(methods.order(wildcards, card))
    return terms["source"], methods.source_data(wildcards, card)


def test_runs_of_a_method_that_is_told_labels_share_no_home(plan, repository):
    planned = plan()
    card = planned.methods["learner"]
    for told, shared in (["source"], False), (["batch"], True):
        terms = []
        for dataset in ("skin", "atlas"):
            where = {"dataset": dataset, "recipe": "standard", "perturbation": "none", "seed": "0"}
            methods = Workflow(planned, repository, with_conda=True).methods
            terms.append(json.loads(methods.order(SimpleNamespace(**where), card | {"told": told})))
        assert (terms[0]["cache"] == terms[1]["cache"]) == shared


def test_a_job_waits_for_its_source_which_is_never_perturbed(plan, repository):
    planned = plan(source_dataset={"default": "atlas", "skin": "lung"})
    for target, name in (("lung", "atlas"), ("skin", "lung")):
        folder = f"results/{planned.config['run']}/data/{name}/standard/none"
        source = {"dataset": name, "data": folder}
        assert order(planned, repository, target, "dropout_30") == (source, [folder])
    assert order(planned, repository, "atlas") == (None, [])


def test_a_source_outside_the_run_is_prepared_and_nothing_of_it_is_scored(plan, repository):
    planned = plan(datasets=["skin"])
    assert list(planned.sources) == list(manifest(planned)["sources"]) == ["atlas"]
    prepared = f"results/{planned.config['run']}/data/atlas/standard/none"
    assert order(planned, repository, "skin")[1] == [prepared]
    assert {dataset for dataset, *_ in planned.runs()} == {"skin"}
    assert {dataset for _, dataset, *_ in planned.scored()} == {"skin"}
    assert list(manifest(planned)["datasets"]) == ["skin"]
    assert plan(datasets=["skin", "atlas"]).sources == {}


@pytest.mark.parametrize(
    "changes",
    [
        {"cards": {"atlas": {"label": None}}},
        {"cards": {"atlas": {"path": "../skin.h5ad"}}},
        {"source_dataset": {"lung": "atlas"}},
        {"source_dataset": {"default": "skin"}},
    ],
)
def test_a_source_that_no_run_learns_from_is_not_prepared(plan, changes):
    assert plan(datasets=["skin"], **changes).sources == {}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"source_dataset": {"default": "skin"}}, "learns from skin, which is this dataset"),
        ({"source_dataset": {"lung": "atlas"}}, "its card's source_dataset has none for skin"),
        ({"cards": {"atlas": {"label": None}}}, "learns from atlas, whose card has no label"),
        ({"cards": {"atlas": {"path": "../skin.h5ad"}}}, "may hold the same cells: both have"),
        (
            {"cards": {"atlas": {"accession": "GSE1, GSM3; GSM2"}, "skin": {"accession": "GSM2"}}},
            "may hold the same cells: both have GSM2",
        ),
    ],
)
def test_no_source_no_run(plan, repository, changes, words):
    planned = plan(**changes)
    assert words in planned.not_applicable("skin", "learner")
    assert order(planned, repository, "skin") == (None, [])


def test_files_of_an_alternative_are_the_same_cells():
    shared = {"urls": ["https://example.org/a.h5ad"]}
    other = {"name": "collection", "files": [{"name": "b.h5ad", **shared}]}
    cards = {
        "atlas": {"label": "type", "files": [{"name": "a.h5ad", **shared}]},
        "skin": {"label": "type", "files": [{"name": "c.h5ad"}], "alternatives": [other]},
    }
    method = {"told": ["source"], "source_dataset": {"default": "atlas"}}
    assert "both have https://example.org/a.h5ad" in why_no_source(method, "skin", cards)
    cards["skin"]["alternatives"] = []
    assert why_no_source(method, "skin", cards) is None


@pytest.mark.parametrize(
    "made",
    [{"packaged": {"package": "scanpy", "file": "a.h5ad"}}, {"simulate": {"cells": 9, "seed": 1}}],
)
def test_what_a_package_ships_or_is_simulated_alike_is_the_same_cells(made):
    method = {"told": ["source"], "source_dataset": {"default": "atlas"}}
    cards = {"atlas": {"label": "type", **made}, "skin": made, "lung": {"path": "lung.h5ad"}}
    assert "may hold the same cells" in why_no_source(method, "skin", cards)
    assert why_no_source(method, "lung", cards) is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"source_dataset": {"default": "atlass"}}, ["source_dataset", "Did you mean 'atlas'"]),
        ({"source_dataset": {"skim": "atlas"}}, ["source_dataset", "Did you mean 'skin'"]),
        ({"told": []}, ["only a method that is told source has a source_dataset"]),
        ({"language": "R"}, ["only a method in python can be told source"]),
        ({"source_dataset": None}, ["source_dataset"]),
    ],
)
def test_a_wrong_card_is_named(plan, changes, words):
    with pytest.raises(CardError) as error:
        plan(**changes)
    for word in ["learner.yaml", *words]:
        assert word in str(error.value)


LEARNER = """
from contract import read_input, read_params, read_source, write_embedding

params = read_params()
data = read_input(params)
source, types = read_source(params)
assert len(set(types)) == 3 and list(source.genes) == list(data.genes)
write_embedding(params, data.dense("X")[:, :3], data.cells)
"""


def test_a_source_outside_the_run_first_without_its_data_then_with_them(
    tmp_path, cards, cells, add_dataset, add_method, snakemake, planned
):
    add_dataset(cards, "atlas", label="cell_type", path="../atlas.h5ad")
    add_method(cards, "learner", LEARNER, told=["source"], source_dataset={"default": "atlas"})
    table = tmp_path / "results/r/runs.tsv"
    settings = [f"extra_cards={cards}", "datasets=[tiny]", "methods=[control_random,learner]"]
    arguments = ["results/r/runs.tsv", "--config", *settings, "seeds=[0]", "run=r"]

    def runs():
        snakemake(tmp_path, *arguments)
        found = pd.read_csv(table, sep="\t").set_index("method")
        assert set(found["dataset"]) == {"tiny"}
        return found

    found = runs()
    assert found["status"].to_dict() == {"control_random": "ok", "learner": "no_data"}
    assert found.loc["learner", "message"].startswith("atlas, which it learns from: fetch failed")

    cells.write_h5ad(cards / "atlas.h5ad")
    jobs = planned(tmp_path, *arguments)
    assert (jobs["fetch"], jobs["prepare"], jobs["method_learner"]) == (1, 1, 1)
    assert "method_control_random" not in jobs
    assert set(runs()["status"]) == {"ok"}
