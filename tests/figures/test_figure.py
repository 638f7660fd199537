"""What a module says of its figure: found, checked, and turned into names, paths and words."""

import inspect
from importlib import import_module
from itertools import product
from types import SimpleNamespace

import pytest

from clear.benchmark.figures.figure import QUALITY, Figure
from clear.benchmark.figures.registry import find_figures
from clear.errors import ClearError

SAID = {
    "id": "toy",
    "title": "Toy of {dataset}",
    "caption": "Cells of {dataset}, {recipe}.",
    "per": ("dataset", "recipe"),
    "reads": ("scores", "umap"),
    "order": 1,
    "category": "Toys",
}
CARDS = {"yan": {"title": "Yan"}, "yan_released": {"title": "Another {Yan}"}}
RECIPES = ["standard", "released"]
PREPARED = [
    *(("yan", recipe, "none") for recipe in RECIPES),
    *(("yan_released", *how) for how in product(RECIPES, ["none", "dropout_5"])),
]
PLAN = SimpleNamespace(
    datasets=CARDS, config={"recipes": RECIPES, "ablation": []}, preparations=PREPARED
)


def write(folder, name="toy", **said):
    settings = ", ".join(f"{key}={value!r}" for key, value in (SAID | said).items())
    (folder / f"{name}.py").write_text(f"import no_such_package\nFIGURE = Figure({settings})\n")


@pytest.mark.parametrize("figure", find_figures(), ids=lambda figure: figure.id)
def test_draw_takes_what_figure_says(figure):
    module = import_module(f"clear.benchmark.figures.{figure.id}")
    assert figure == module.FIGURE
    assert list(inspect.signature(module.draw).parameters) == [*figure.reads, *figure.per]


def test_figures_are_found_without_being_imported_in_the_order_of_the_page(tmp_path):
    write(tmp_path, "second", id="second", order=20)
    write(tmp_path, "tenth", id="tenth", order=100)
    write(tmp_path, "first", id="first", order=3)
    (tmp_path / "helper.py").write_text("COLOUR = 'red'\n")
    assert [figure.id for figure in find_figures(tmp_path)] == ["first", "second", "tenth"]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"id": "other"}, "id must be 'toy'"),
        ({"reads": ("score",)}, r"reads must be a tuple of some of scores, .* it is \('score',\)"),
        ({"reads": "scores"}, "reads must be a tuple"),
        ({"per": ("seed",)}, "per must be a tuple of some of dataset, recipe, perturbation"),
        ({"per": ("recipe",)}, "'{dataset}' in title or caption is not one of per"),
        ({"per": (), "title": "", "caption": "", "reads": ("card",)}, "reads must be"),
        ({"colour": "red"}, "all of its settings by name.*colour"),
    ],
)
def test_a_mistake_names_the_module_and_what_is_wrong(tmp_path, said, words):
    write(tmp_path, **said)
    with pytest.raises(ClearError, match=rf"toy\.py: FIGURE.*{words}"):
        find_figures(tmp_path)


def test_a_setting_that_is_computed_is_refused(tmp_path):
    (tmp_path / "toy.py").write_text("FIGURE = Figure(id='toy', title=title())\n")
    with pytest.raises(ClearError, match=r"toy\.py.*plain values"):
        find_figures(tmp_path)


def test_each_dataset_and_recipe_has_a_name_that_no_other_has():
    figure = Figure(**SAID)
    names = [figure.name.format(**shows) for shows in figure.all(PLAN)]
    assert names == [
        "toy.yan.standard",
        "toy.yan.released",
        "toy.yan_released.standard",
        "toy.yan_released.released",
    ]
    figure = Figure(**SAID | {"per": (), "title": "", "caption": ""})
    assert figure.name == "toy" and figure.all(PLAN) == [{}]


def test_a_figure_of_perturbations_is_drawn_of_the_datasets_that_have_some():
    figure = Figure(**SAID, perturbed=True)
    assert figure.all(PLAN) == [{"dataset": "yan_released", "recipe": r} for r in RECIPES]
    without = SimpleNamespace(preparations=PREPARED[:2], config={"ablation": []})
    once = SAID | {"per": (), "title": "", "caption": ""}
    assert figure.all(without) == Figure(**once, perturbed=True).all(without) == []


def test_words_name_the_dataset_and_a_recipe_that_is_not_the_standard_one():
    figure = Figure(**SAID)
    about = figure.about({"dataset": "yan", "recipe": "standard", "more": "x"}, CARDS, {}, False)
    assert about == {
        "id": "toy",
        "heading": "Toy of Yan",
        "caption": "Cells of Yan, our preparation.",
        "remark": "",
        "shows": {"dataset": "yan", "recipe": "standard"},
    }
    about = figure.about({"dataset": "yan_released", "recipe": "released"}, CARDS, {}, False)
    assert about["heading"] == "Toy of Another {Yan} (as in the released code)"


def test_quick_settings_are_named_in_the_caption_and_below_the_picture():
    shows = {"dataset": "yan", "recipe": "standard"}
    about = Figure(**SAID).about(shows, CARDS, {}, quick=True)
    assert about["caption"] == "Cells of Yan, our preparation. Quick settings: for testing only."
    assert about["remark"] == "Quick settings: for testing only."
    before = Figure(**SAID | {"category": QUALITY}).about(shows, CARDS, {}, quick=True)
    assert (before["caption"], before["remark"]) == ("Cells of Yan, our preparation.", "")


def test_paths_are_those_of_the_dataset_and_recipe_or_a_list_where_all_are_shown():
    shows = {"dataset": "yan", "recipe": "released"}
    assert Figure(**SAID).files(shows, "results/r", PLAN) == {
        "scores": "results/r/scores.tsv",
        "umap": "results/r/projections/yan/released/none/umap.tsv",
    }
    words = {"title": "", "caption": ""}
    figure = Figure(**SAID | words | {"per": ("dataset",), "reads": ("qc", "prepare", "card")})
    assert figure.files({"dataset": "yan"}, "r", PLAN) == {
        "qc": "r/data/yan/quality",
        "prepare": [f"r/data/yan/{recipe}/none" for recipe in RECIPES],
    }
    figure = Figure(**SAID | words | {"per": ("perturbation",), "reads": ("qc",)})
    assert figure.files({"perturbation": "dropout_5"}, "r", PLAN) == {
        "qc": ["r/data/yan/quality", "r/data/yan_released/quality"]
    }


def test_only_what_a_figure_may_show_of_a_card_is_given_to_it():
    card = {"id": "yan", "title": "Yan", "stages": ["a"], "urls": ["x"]}
    said = SAID | {"reads": ("card",)}
    shown = Figure(**said).card({"dataset": "yan"}, {"yan": card})
    assert shown == {"id": "yan", "title": "Yan", "stages": ["a"]}
    assert Figure(**SAID).card({"dataset": "yan"}, {"yan": card}) is None


def test_a_figure_of_a_task_is_drawn_for_the_datasets_of_that_task():
    cards = {"yan": {"tasks": ["clustering"]}, "yan_released": {"tasks": ["pseudotime"]}}
    plan = SimpleNamespace(datasets=cards, config=PLAN.config, preparations=PREPARED)
    found = Figure(**SAID, task="pseudotime").all(plan)
    assert [one["dataset"] for one in found] == ["yan_released"] * 2
