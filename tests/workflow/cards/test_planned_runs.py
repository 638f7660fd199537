"""Which runs a plan has: methods, recipes, perturbations, seeds, limits and settings."""

import pytest

from clear.benchmark.cards import read_yaml
from clear.benchmark.figures.registry import find_figures
from clear.benchmark.plan import load_plan
from tests.workflow.cards.edit import change, save


def test_all_methods_are_those_for_a_task_of_the_datasets(planned_with, extra):
    change(extra / "methods", "own", tasks=["pseudotime"])
    methods = planned_with(methods="all").methods
    assert {"seurat", "control_labels"} < methods.keys()
    assert "own" not in methods
    change(extra / "datasets", "mine", tasks=["pseudotime"])
    methods = planned_with(methods=["all"]).methods
    assert {"own", "pca"} < methods.keys()
    assert "seurat" not in methods


def test_own_cards_are_found_and_their_paths_start_at_the_card(planned_with, repository, extra):
    plan = planned_with(methods=["own", "pca"])
    assert plan.datasets["mine"]["path"] == str(extra / "mine.h5ad")
    assert plan.datasets["mine"]["reader"] == "h5ad"
    assert plan.datasets["mine"]["batch"] is None
    assert plan.methods["own"]["_script"] == extra / "methods/own/run.py"
    assert plan.methods["own"]["_env"] == repository / "envs/main.yaml"
    assert plan.limit("own", "minutes") == 240


def test_methods_may_share_a_script(planned_with, repository, extra):
    save(extra, "methods/twin", read_yaml(extra / "methods/own.yaml") | {"id": "twin"})
    change(extra, "methods/twin", script="own")
    plan = planned_with(methods=["twin"])
    assert plan.methods["twin"]["_script"] == extra / "methods/own/run.py"
    change(extra, "methods/twin", script="pca")  # one of the repository's
    plan = planned_with(methods=["twin"])
    assert plan.methods["twin"]["_script"] == repository / "scripts/methods/pca/run.py"


def test_a_close_up_shows_what_is_in_the_run(config, repository):
    shown = {"datasets": ["hrvatin"], "methods": ["scdha", "pca"]}
    run = {"datasets": ["yan", "hrvatin"], "methods": ["clear", "pca"], "close_up": shown}
    plan = load_plan(config | run, repository)
    assert plan.config["close_up"] == {"datasets": ["hrvatin"], "methods": ["pca"]}
    for figure in find_figures():
        datasets = {it["dataset"] for it in figure.all(plan) if "dataset" in it}
        assert datasets <= ({"hrvatin"} if figure.close_up else {"yan", "hrvatin"})


def test_limits_of_the_run_only_lower_those_of_a_card(config, repository):
    plan = load_plan(config | {"limits": {"minutes": 15}}, repository)
    assert plan.limit("clear", "minutes") == 15
    assert plan.limit("control_random", "minutes") == 10
    assert plan.limit("clear", "memory_gb") == 16


def test_seeds_of_a_deterministic_method_are_one_run(planned_with, extra):
    change(extra, "methods/own", stochastic=False)
    plan = planned_with(methods=["own", "pca"], seeds=[3, 4])
    assert [run[3:] for run in plan.runs()] == [("own", 3), ("pca", 3), ("pca", 4)]


def test_every_method_runs_on_every_recipe(config, repository):
    keys = {"methods": ["pca"], "datasets": ["yan"], "seeds": [0]}
    plan = load_plan(config | keys, repository)
    assert [run[1] for run in plan.runs()] == ["standard"]
    plan = load_plan(config | keys | {"recipes": "[standard, released]"}, repository)
    assert [run[1] for run in plan.runs()] == ["standard", "released"]


@pytest.mark.parametrize(
    ("asked", "yan", "deng"),
    [
        ({}, [], []),
        ("none", [], []),
        (
            ["none", "dropout_80", "dropout_9"],
            ["dropout_9", "dropout_80"],
            ["dropout_9", "dropout_80"],
        ),
        ({"deng": "[dropout_1, dropout_99]"}, [], ["dropout_1", "dropout_99"]),
        ({"yan": [], "deng": ["none"]}, [], []),
        ({"hrvatin": ["dropout_5"], "deng": ["dropout_5"]}, [], ["dropout_5"]),
    ],
)
def test_every_method_runs_on_the_perturbations_of_a_dataset(config, repository, asked, yan, deng):
    keys = {
        "methods": ["pca"],
        "datasets": ["yan", "deng"],
        "seeds": [0, 1],
        "perturbations": asked,
    }
    plan = load_plan(config | keys, repository)
    expected = [("yan", name) for name in ["none", *yan]]
    expected += [("deng", name) for name in ["none", *deng]]
    assert [(d, p) for d, _, p in plan.preparations] == expected
    assert [(d, p, seed) for d, _, p, _, seed in plan.runs()] == [
        (*prepared, seed) for prepared in expected for seed in (0, 1)
    ]


def test_a_card_switches_a_filter_of_the_run_off_or_on(planned_with, extra):
    change(extra, "datasets/mine", prepare={"max_mito": None, "max_ercc": 0.2, "min_genes": 9})
    plan = planned_with(datasets=["mine", "yan"], prepare={"max_mito": "0.1"})
    mine, yan = (plan.prepare(name, "standard") for name in ("mine", "yan"))
    assert (mine["max_mito"], mine["max_ercc"], mine["min_genes"]) == (None, 0.2, 9)
    assert (yan["max_mito"], yan["max_ercc"], yan["min_genes"]) == (0.1, None, 200)
    released = plan.prepare("mine", "released")
    assert (released["max_mito"], released["max_ercc"], released["min_genes"]) == (0.05, 0.1, 9)


def test_quick_settings_replace_single_changes(config, repository, extra):
    changes = {"learning_rate": 0.1, "epochs": 50}
    change(extra, "methods/own", settings={"a": 1, "changes": changes})
    change(extra, "methods/own", quick_settings={"changes": {"epochs": 2}})
    keys = {"extra_cards": str(extra), "methods": ["own"], "datasets": ["yan"], "quick": True}
    plan = load_plan(config | keys, repository)
    assert plan.settings("own") == {"a": 1, "changes": changes | {"epochs": 2}}


def test_the_first_seed_is_the_lowest_in_whatever_order_they_are_given(planned_with):
    plan = planned_with(methods=["clear_paper", "cidr"], seeds=[3, 1])
    assert plan.seeds("clear_paper") == [1, 3]
    assert plan.seeds("cidr") == [1]
