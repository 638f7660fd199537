"""Settings and cards: what a user can type wrong is told apart and named."""

import datetime
import re
from pathlib import Path

import pytest
import yaml

from clear.benchmark.cards import CardError, read_yaml, validate
from clear.benchmark.figures.registry import find_figures
from clear.benchmark.plan import load_plan
from clear.benchmark.report.manifest import manifest
from clear.benchmark.tables.table import all_tables


@pytest.fixture
def config(repository) -> dict:
    return read_yaml(repository / "config/config.yaml")


@pytest.fixture
def extra(tmp_path, add_dataset, add_method) -> Path:
    """A folder of a user's own cards: one dataset, one method."""
    add_dataset(tmp_path, "mine", path="../mine.h5ad", label="type", prepare={})
    add_method(tmp_path, "own", "")
    return tmp_path


@pytest.fixture
def planned_with(config, repository, extra):
    """Plan the user's own cards, or others of the repository beside them."""
    own = {"extra_cards": str(extra), "datasets": ["mine"], "methods": ["own"]}
    return lambda **settings: load_plan(config | own | settings, repository)


def save(folder: Path, name: str, card: dict) -> None:
    (folder / f"{name}.yaml").write_text(yaml.safe_dump(card))


def change(folder: Path, name: str, **keys) -> None:
    save(folder, name, read_yaml(folder / f"{name}.yaml") | keys)


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


def test_all_methods_are_those_for_a_task_of_the_datasets(planned_with, extra):
    change(extra / "methods", "own", tasks=["pseudotime"])
    methods = planned_with(methods="all").methods
    assert {"seurat", "control_labels"} < methods.keys()
    assert "own" not in methods
    change(extra / "datasets", "mine", tasks=["pseudotime"])
    methods = planned_with(methods=["all"]).methods
    assert {"own", "pca"} < methods.keys()
    assert "seurat" not in methods


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


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"sedes": [1]}, ["unknown key 'sedes'", "Did you mean 'seeds'?"]),
        ({"scores": {"neighbors": 1}}, ["'neighbors' in 'scores'", "'n_neighbors'"]),
        ({"datasets": ["yann"]}, ["datasets", "'yann'", "Did you mean 'yan'?"]),
        ({"methods": ["seurrat"]}, ["methods", "'seurrat'", "Did you mean 'seurat'?"]),
        ({"methods": ["zzzzzz"]}, ["'zzzzzz'", "Known:", "seurat"]),
        ({"seeds": ["first"]}, ["seeds.0", "'first'", "whole number"]),
        ({"seeds": []}, ["seeds"]),
        ({"seeds": 2}, ["seeds: 2 is not a list, [a, b]"]),
        ({"seeds": [1, 1]}, ["seeds", "non-unique"]),
        ({"run": "../up"}, ["run", "../up"]),
        ({"run": "envs"}, ["run", "'envs'"]),
        ({"run": 1}, ["run: 1: a name of letters"]),  # typed as 001
        ({"run": 100000.0}, ["run", "can be read as a number"]),
        ({"run": "a/b"}, ["run: 'a/b'"]),
        ({"quick": "yes"}, ["quick: 'yes' is not true or false"]),
        ({"limits": {"minutes": float("inf")}}, ["limits.minutes: inf is not a finite number"]),
        ({"limits": {"minutes": ".nan"}}, ["limits.minutes: '.nan' is not a number"]),
        ({"run": datetime.date(2020, 1, 1)}, ["run: 2020-01-01 is a date; quote it"]),
        ({"mirror": "nowhere"}, ["mirror: there is no folder nowhere"]),
        ({"ablation": ["paper"]}, ["ablation: ['paper']: two or more different presets"]),
        ({"recipes": ["orignal"]}, ["recipes.0", "'orignal'", "standard", "released"]),
        *(
            ({"perturbations": [name]}, [f"perturbations.0: {name!r}: dropout_ and a whole"])
            for name in ("dropout_0", "dropout_100", "dropout_05", "dropout_2.5", "droput_30", 30)
        ),
        ({"perturbations": {"yan": ["half"]}}, ["perturbations.yan.0: 'half': dropout_ and a"]),
        ({"perturbations": 30}, ["perturbations: 30 is not a list, [a, b] or a mapping"]),
        ({"perturbations": ["none", "none"]}, ["perturbations", "non-unique"]),
        (
            {"perturbations": {"yann": ["dropout_30"]}},
            ["perturbations: there is no dataset 'yann'", "Did you mean 'yan'?"],
        ),
        ({"prepare": {"max_mito": 5}}, ["prepare.max_mito", "5", "maximum"]),
        ({"device": "gpu"}, ["device", "'gpu'", "cuda"]),
        ({"extra_cards": "nowhere"}, ["extra_cards: there is no folder nowhere"]),
        (
            {"extra_cards": "~no-such-user/cards"},
            ["extra_cards: there is no folder ~no-such-user/cards"],
        ),
        ({"close_up": {"datasets": ["hrvatn"]}}, ["close_up.datasets", "'hrvatn'", "'hrvatin'"]),
        ({"close_up": {"methods": ["seurrat"]}}, ["close_up.methods", "'seurrat'", "'seurat'"]),
        ({"extra_cards": "."}, ["extra_cards", "neither datasets/ nor methods/"]),
    ],
)
def test_a_wrong_setting_is_named(config, repository, tmp_path, monkeypatch, keys, words):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CardError) as error:
        load_plan(config | keys, repository)
    for word in words:
        assert word in str(error.value)


def test_the_command_line_hands_over_strings(config, repository):
    typed = {"datasets": "[yan, deng]", "seeds": ["0", "7"], "quick": "true", "mirror": ""}
    typed |= {"limits": {"minutes": "5"}, "prepare": {"max_mito": "8e-1"}}
    plan = load_plan(config | typed | {"run": "2022-a"}, repository)
    assert list(plan.datasets) == ["yan", "deng"]
    assert plan.config["seeds"] == [0, 7]
    assert plan.config["quick"] is True
    assert plan.config["mirror"] is None
    assert plan.config["limits"] == {"minutes": 5, "memory_gb": None}
    assert plan.config["prepare"]["max_mito"] == 0.8
    typed = {"seeds": "0,1", "datasets": "yan"}
    assert load_plan(config | typed, repository).config["seeds"] == [0, 1]


def test_own_cards_are_found_and_their_paths_start_at_the_card(planned_with, repository, extra):
    plan = planned_with(methods=["own", "pca"])
    assert plan.datasets["mine"]["path"] == str(extra / "mine.h5ad")
    assert plan.datasets["mine"]["reader"] == "h5ad"
    assert plan.datasets["mine"]["batch"] is None
    assert plan.methods["own"]["_script"] == extra / "methods/own/run.py"
    assert plan.methods["own"]["_env"] == repository / "envs/main.yaml"
    assert plan.limit("own", "minutes") == 120


@pytest.mark.parametrize(
    ("name", "keys", "words"),
    [
        ("datasets/mine", {"lable": "x"}, ["mine.yaml", "'lable'", "Did you mean 'label'?"]),
        ("datasets/mine", {"unit": "umi"}, ["mine.yaml", "unit", "'umi'", "counts"]),
        ("datasets/mine", {"path": "a.xlsx"}, ["mine.yaml", "no reader for", "a.xlsx'", ".h5ad"]),
        ("datasets/mine", {"files": []}, ["mine.yaml", "exactly one of files, path"]),
        ("datasets/mine", {"id": "yan"}, ["mine.yaml", "the file says 'mine'"]),
        ("methods/own", {"told": ["labels"]}, ["own.yaml", "'control' may be told the labels"]),
        (
            "methods/own",
            {"told": ["n_clusters"], "outputs": ["clusters_estimated_k"]},
            ["own.yaml", "cannot promise clusters_estimated_k"],
        ),
        ("methods/own", {"outputs": ["clusters_given_k"]}, ["own.yaml", "must be told n_clusters"]),
        (
            "datasets/mine",
            {"tasks": ["clustring"]},
            ["mine.yaml", "tasks.0", "clustering", "covid"],
        ),
        ("methods/own", {"tasks": ["clustring"]}, ["own.yaml", "tasks.0", "clustering", "covid"]),
        ("methods/own", {"id": "nan"}, ["own.yaml", "id"]),
        ("methods/own", {"language": "julia"}, ["own.yaml", "julia"]),
        ("methods/own", {"env": "nope"}, ["'own'", "nope.yaml", "does not exist"]),
        ("methods/own", {"language": "R"}, ["'own'", "methods/own/run.R does not exist; write it"]),
        ("methods/own", {"limits": {"hours": 1}}, ["own.yaml", "'hours' in 'limits'", "minutes"]),
        ("methods/own", {"limits": {"minutes": float("nan")}}, ["own.yaml", "limits.minutes: nan"]),
        ("methods/own", {"settings": {"a": [1, float("inf")]}}, ["own.yaml", "settings.a.1: inf"]),
        ("methods/own", {"settings": {"a": {1, 2}}}, ["own.yaml", "settings.a", "is a set"]),
        ("methods/own", {"title": 1.5}, ["own.yaml", "title: 1.5 is not text (put it in quotes)"]),
        ("envs/own", {"dependencies": 3}, ["envs/own.yaml", "dependencies: 3 is not a list"]),
        ("envs/own", {"dependencies": [{"pips": []}]}, ["envs/own.yaml", "dependencies.0"]),
        ("envs/own", {}, ["envs/own.yaml", "'dependencies' is a required property"]),
    ],
)
def test_a_wrong_card_is_named(planned_with, extra, name, keys, words):
    if name == "envs/own":
        (extra / "envs").mkdir()
        save(extra, name, keys)
        name, keys = "methods/own", {"env": "own"}
    change(extra, name, **keys)
    with pytest.raises(CardError) as error:
        planned_with()
    for word in words:
        assert word in str(error.value)


def test_an_id_that_is_taken_is_refused(planned_with, extra):
    save(extra, "datasets/yan", read_yaml(extra / "datasets/mine.yaml") | {"id": "yan"})
    with pytest.raises(CardError, match="'yan' is taken by"):
        planned_with(datasets=["yan"])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"id: [", "line 1: "),
        (b"- a\n- b\n", "must hold a mapping"),
        (b"\x00", "not valid YAML"),
        (b"title: \xe9", "save it as UTF-8"),
        (b"id: broken\ntitle: a\ntitle: b", "line 3: the key 'title' is there twice"),
        (b"settings: {a: {b: 1, b: 2}}", "line 1: the key 'b' is there twice"),
        (b"settings: " + b"[" * 5000 + b"]" * 5000, "nested too deeply"),
        (b"settings: " + b"[" * 60 + b"]" * 60, "settings holds more than"),
        (b"settings: &a [*a]", "settings holds more than"),
        (
            b"a0: &a0 [1, 1]\n"
            + b"".join(b"a%d: &a%d [*a%d, *a%d]\n" % (i, i, i - 1, i - 1) for i in range(1, 40)),
            "holds more than 100,000 values",
        ),
    ],
    ids=range(10),
)
def test_a_card_that_cannot_be_read_stops_who_selects_it(planned_with, extra, text, words):
    (extra / "methods/broken.yaml").write_bytes(text)
    with pytest.raises(CardError, match=re.escape(words)) as error:
        planned_with(methods=["broken"])
    assert "methods/broken.yaml" in str(error.value)
    assert len(str(error.value).splitlines()) == 1
    assert list(planned_with().methods) == ["own"]


def test_what_looks_like_a_date_or_a_truth_value_is_text(planned_with, extra):
    lines = ["a: 2020-01-01", "b: no", "c: 001", "d: 1e-3", "e: -2", "f: .5", "g: true", "h: 1_0"]
    text = (extra / "methods/own.yaml").read_text()
    (extra / "methods/own.yaml").write_text(text + "settings:\n  " + "\n  ".join(lines))
    settings = {"a": "2020-01-01", "b": "no", "c": "001", "d": 1e-3, "e": -2, "f": 0.5, "g": True}
    assert planned_with().settings("own") == settings | {"h": "1_0"}


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"preset": "papper"}, "no preset 'papper'; did you mean 'paper'?"),
        ({"preset": "paper", "changes": {"epoch": 3}}, "did you mean 'epochs'?"),
        ({"preset": "paper", "changes": {"epochs": "3"}}, "epochs must be a whole number"),
        ({"preset": "paper", "changes": {"name": "mine"}}, "'name'"),
        ({"preset": "paper", "changes": [1]}, "mapping"),
        ({"changes": {"temperature": 0.5}}, "temperature (0.5) has no effect with loss='spectral'"),
    ],
)
def test_changes_of_a_preset_are_checked_before_anything_runs(planned_with, extra, settings, words):
    change(extra, "methods/own", script="clear", settings=settings)
    (extra / "methods/own/run.py").unlink()
    with pytest.raises(CardError, match=re.escape(words)) as error:
        planned_with()
    assert "methods/own.yaml: settings" in str(error.value)


def test_changes_that_do_nothing_where_batches_are_told_are_refused_there(planned_with, extra):
    change(extra, "methods/own", script="clear", settings={"changes": {"own_share": 0.7}})
    (extra / "methods/own/run.py").unlink()
    assert planned_with().methods["own"]
    change(extra, "methods/own", told=["batch"])
    with pytest.raises(CardError, match="settings: .*own_share .0.7. has no effect with batch_key"):
        planned_with()
    change(extra, "methods/own", settings={"preset": "paper"})
    with pytest.raises(CardError, match="settings: The preset 'paper' has no neighbours"):
        planned_with()


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


def test_the_perturbations_of_the_papers_run_are_its_own(config, repository):
    paper = read_yaml(repository / "config/config.yaml")
    rates = [f"dropout_{percent}" for percent in (10, 30, 60, 80)]
    assert load_plan(paper, repository).config["perturbations"] == {"hrvatin": rates}
    plan = load_plan(paper | {"datasets": ["yan"]}, repository)
    assert plan.preparations == [("yan", "standard", "none")]


def test_a_card_switches_a_filter_of_the_run_off_or_on(planned_with, extra):
    change(extra, "datasets/mine", prepare={"max_mito": None, "max_ercc": 0.2, "min_genes": 9})
    plan = planned_with(datasets=["mine", "yan"], prepare={"max_mito": "0.1"})
    mine, yan = (plan.prepare(name, "standard") for name in ("mine", "yan"))
    assert (mine["max_mito"], mine["max_ercc"], mine["min_genes"]) == (None, 0.2, 9)
    assert (yan["max_mito"], yan["max_ercc"], yan["min_genes"]) == (0.1, None, 200)
    released = plan.prepare("mine", "released")
    assert (released["max_mito"], released["max_ercc"], released["min_genes"]) == (0.05, 0.1, 9)


def test_a_unit_that_a_method_cannot_take_is_not_applicable(planned_with, extra):
    change(extra, "methods/own", units=["counts"])
    plan = planned_with(datasets=["yan", "deng"])
    assert "rpkm" in plan.not_applicable("yan", "own")
    assert plan.not_applicable("deng", "own") is None


def test_what_a_method_is_told_must_be_on_the_card_of_the_dataset(planned_with, extra):
    change(extra, "methods/own", told=["batch"])
    reason = "is told the batch of each cell; the dataset's card has no batch"
    assert planned_with().not_applicable("mine", "own") == reason
    change(extra, "datasets/mine", batch="donor")
    assert planned_with().not_applicable("mine", "own") is None


def test_settings_are_chosen_on_datasets_that_exist(planned_with, extra):
    change(extra, "methods/own", tuned_on=["mine", "yan"])
    assert planned_with().methods["own"]["tuned_on"] == ["mine", "yan"]
    change(extra, "methods/own", tuned_on=["yann"])
    with pytest.raises(CardError, match=r"own.yaml: tuned_on: .*'yann'.*Did you mean 'yan'"):
        planned_with()


def test_a_method_for_another_task_is_not_applicable(planned_with, extra):
    change(extra, "methods/own", tasks=["pseudotime"], outputs=["pseudotime"])
    plan = planned_with()
    assert "is made for pseudotime" in plan.not_applicable("mine", "own")
    assert plan.scored() == []


def test_a_method_runs_where_it_shares_a_task_that_nothing_scores_yet(planned_with, extra):
    change(extra, "datasets/mine", tasks=["covid"])
    change(extra, "methods/own", tasks=["covid"])
    plan = planned_with()
    assert plan.not_applicable("mine", "own") is None
    assert plan.scoring("mine", "own") == {"covid": "has no score"}
    assert plan.scored() == []
    record = manifest(plan)["tasks"]["covid"]
    assert (record["scored"], record["title"]) == (False, "COVID-19 patients and controls")
    change(extra, "methods/own", tasks=["clustering"])
    assert "is for covid" in planned_with().not_applicable("mine", "own")


def test_a_task_scores_what_a_method_of_another_task_writes(planned_with, extra):
    change(extra, "methods/own", tasks=["batch"])
    plan = planned_with()
    assert plan.not_applicable("mine", "own") is None
    assert plan.scored() == [("clustering", "mine", "standard", "none", "own")]


def test_the_manifest_has_the_limits_that_hold_and_what_is_not_scored(planned_with, extra):
    change(extra, "methods/own", tasks=["pseudotime"], outputs=["pseudotime"])
    record = manifest(planned_with(methods=["own", "pca"], limits={"minutes": 15}))
    assert record["methods"]["pca"]["limits"]["minutes"] == 15
    assert [card["own"] for card in record["methods"].values()] == [True, False]
    assert record["datasets"]["mine"]["own"] is True
    (unscored,) = record["tasks"]["clustering"]["unscored"]
    assert (unscored["method"], unscored["datasets"]) == ("own", ["mine"])
    assert record["tasks"]["clustering"]["metrics"]["ari"]["source"] == "Hubert and Arabie 1985"


def test_all_mistakes_in_a_file_are_told_at_once():
    schema = {"type": "object", "additionalProperties": False, "properties": {"a": {"enum": [1]}}}
    with pytest.raises(CardError) as error:
        validate({"a": 2, "b": 3}, schema, "some.yaml")
    assert len(str(error.value).splitlines()) == 2


def test_quick_settings_replace_single_changes(config, repository, extra):
    changes = {"learning_rate": 0.1, "epochs": 50}
    change(extra, "methods/own", settings={"a": 1, "changes": changes})
    change(extra, "methods/own", quick_settings={"changes": {"epochs": 2}})
    keys = {"extra_cards": str(extra), "methods": ["own"], "datasets": ["yan"], "quick": True}
    plan = load_plan(config | keys, repository)
    assert plan.settings("own") == {"a": 1, "changes": changes | {"epochs": 2}}
