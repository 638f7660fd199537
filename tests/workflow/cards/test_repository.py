"""The repository's own cards and settings are whole, and each run compares what may be compared."""

import pytest

from clear.benchmark.cards import CardError, read_yaml
from clear.benchmark.figures.registry import find_figures
from clear.benchmark.plan import load_plan
from clear.benchmark.tables.table import all_tables


def test_every_card_of_the_repository_is_valid_and_complete(config, repository):
    for kind in ("datasets", "methods"):
        config[kind] = [path.stem for path in (repository / "config" / kind).glob("*.yaml")]
    stand_ins = [name for name in config["datasets"] if name.startswith("dev_")]
    assert load_plan(config | {"datasets": stand_ins}, repository).datasets
    config["datasets"] = [name for name in config["datasets"] if name not in stand_ins]
    plan = load_plan(config, repository)
    assert plan.datasets["yan"]["stages"][0] == "zygote"
    for card in plan.methods.values():
        assert card["_script"].exists()
        assert card["_env"].exists()
        assert card["implementation"] == "control" or card["reference"]


def test_the_papers_two_runs_make_its_figures_and_tables(config, repository):
    more = {}
    for name in ("ablation", "tuning", "supplement"):
        more |= read_yaml(repository / f"config/{name}.yaml")
    main, supplement = load_plan(dict(config), repository), load_plan(config | more, repository)
    assert list(supplement.datasets) == list(main.datasets)[:10]  # the paper's for clustering
    assert main.config["run"] != supplement.config["run"]
    figures = {figure.id for figure in find_figures() if figure.all(main)}
    clustering = {"fig2a", "fig2b", "fig2c", "fig2d", "figs1_3", "umap", "figs13", "figs14"}
    assert clustering <= figures
    tables = [{table.id for table in all_tables(plan.config)} for plan in (main, supplement)]
    assert {"s1", "s2", "published"} <= tables[0]
    assert {"s3", "s4", "s5", "s6"} <= tables[1]


def test_stand_ins_whose_labels_are_not_independent_are_ranked_apart(repository):
    settings = {
        name: read_yaml(repository / f"config/{name}.yaml")
        for name in ("dev_quick", "dev_dependent", "dev_full")
    }
    quick, dependent, full = (set(run["datasets"]) for run in settings.values())
    assert full < quick
    assert not quick & dependent
    cards = {path.stem: read_yaml(path) for path in repository.glob("config/datasets/dev_*.yaml")}
    assert quick | dependent == {name for name, c in cards.items() if "clustering" in c["tasks"]}
    for run in settings.values():
        assert load_plan(run, repository).datasets


def test_stand_ins_never_share_a_table_with_the_papers_datasets(config, repository):
    config["datasets"] = ["yan", "simulated", "dev_cellmix5"]
    with pytest.raises(CardError, match=r"'dev_cellmix5' is a stand-in .* 'yan' a .*two runs"):
        load_plan(config, repository)
    config["datasets"] = ["simulated", "dev_cellmix5"]
    assert list(load_plan(config, repository).datasets) == ["simulated", "dev_cellmix5"]


def test_methods_are_compared_with_the_presets_of_clear_the_papers_first(config, repository):
    assert load_plan(config, repository).references == ["clear_paper", "clear", "clear_released"]
    ablation = load_plan(config | {"ablation": ["released", "paper"]}, repository)
    assert set(ablation.references) == {"clear_paper", "clear", "clear_released"}


def test_only_controls_are_told_the_labels(config, repository):
    config["methods"] = [path.stem for path in (repository / "config/methods").glob("*.yaml")]
    told = {name: card["told"] for name, card in load_plan(config, repository).methods.items()}
    assert {name for name, what in told.items() if "labels" in what} == {
        "control_labels", "control_shuffled_within_types"
    }  # fmt: skip


def test_the_perturbations_of_the_papers_run_are_its_own(config, repository):
    paper = read_yaml(repository / "config/config.yaml")
    rates = [f"dropout_{percent}" for percent in (10, 30, 60, 80)]
    assert load_plan(paper, repository).config["perturbations"] == {"hrvatin": rates}
    plan = load_plan(paper | {"datasets": ["yan"]}, repository)
    assert plan.preparations == [("yan", "standard", "none")]
