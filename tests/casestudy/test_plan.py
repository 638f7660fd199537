"""The plan of a case study: which embeddings it shows, and what a card must say."""

from types import SimpleNamespace

import pytest

from clear.benchmark.figures.registry import find_figures
from clear.benchmark.plan import load_plan
from clear.benchmark.schemas import read_schemas
from clear.benchmark.settings import CardError, validate
from clear.benchmark.workflow import Workflow
from clear.benchmark.yaml_file import read_yaml

CARD = {"id": "mine", "title": "Mine", "unit": "counts", "tasks": ["covid"], "path": "a.h5ad"}
STUDY = {"donor": "d", "status": "s", "statuses": ["healthy", "ill"], "markers": "m.tsv"}


@pytest.mark.parametrize("dataset", ["simulated_cohort", "dev_combat_covid", "gse150728"])
def test_the_run_of_fig_5_shows_every_embedding_of_a_case_study(repository, dataset):
    config = read_yaml(repository / "config/covid.yaml") | {"datasets": [dataset]}
    plan = load_plan(config, repository)
    methods = ["clear_paper", "clear", "scvi", "harmony", "pca"]
    assert plan.case_studies == [(dataset, "standard", method) for method in methods]


def test_other_datasets_and_methods_without_embedding_are_no_case_study(repository):
    config = {"run": "x", "seeds": [0], "datasets": ["simulated", "simulated_cohort"]}
    plan = load_plan(config | {"methods": ["pca", "sincera"]}, repository)
    assert plan.case_studies == [("simulated_cohort", "standard", "pca")]


def test_the_figure_of_all_embeddings_takes_the_umaps_of_case_studies(repository):
    config = {"run": "x", "seeds": [0], "datasets": ["simulated", "simulated_atlas"]}
    config |= {"methods": ["pca", "sincera", "harmony"], "perturbations": ["dropout_10"]}
    methods = Workflow(load_plan(config, repository), repository, with_conda=False).methods

    def planes(dataset, perturbation="none"):
        names = {"dataset": dataset, "recipe": "standard", "perturbation": perturbation}
        return methods.study_planes(SimpleNamespace(**names))

    folder = "results/x/casestudy/simulated_atlas/standard"
    assert planes("simulated_atlas") == [f"{folder}/{m}/umap.tsv" for m in ("pca", "harmony")]
    assert planes("simulated_atlas", "dropout_10") == planes("simulated") == []


@pytest.mark.parametrize("missing", STUDY)
def test_the_keys_of_a_case_study_come_together(repository, missing):
    card = CARD | {key: value for key, value in STUDY.items() if key != missing}
    with pytest.raises(CardError, match=rf"mine.yaml: .*needs '{missing}' too"):
        validate(card, read_schemas(repository)["dataset"], "mine.yaml")


def test_a_reference_needs_something_to_compare(repository):
    card = CARD | STUDY | {"statuses": ["healthy"]}
    with pytest.raises(CardError, match="statuses: .*two or more different statuses"):
        validate(card, read_schemas(repository)["dataset"], "mine.yaml")


@pytest.mark.parametrize("dataset", ["simulated_atlas", "gse158055"])
def test_the_run_of_fig_6_shows_an_atlas_and_no_figure_of_donors(repository, dataset):
    config = read_yaml(repository / "config/atlas.yaml") | {"datasets": [dataset]}
    plan = load_plan(config, repository)
    assert plan.case_studies == []
    assert plan.atlases == [(dataset, "standard", m) for m in ("clear_paper", "clear")]
    drawn = {figure.id for figure in find_figures() if figure.all(plan)}
    assert {"fig6a", "fig6b"} <= drawn
    assert not any(name.startswith("fig5") for name in drawn)
