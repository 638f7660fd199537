"""Figs. 5A to 5D: what they show of small tables, and what they say where there is none."""

import numpy as np
import pandas as pd
import pytest

from clear.benchmark.casestudy import composition
from clear.benchmark.figures import fig5a, fig5b, fig5c, fig5d

CARD = {"id": "toy", "statuses": ["healthy", "moderate", "severe"]}
SHOWS = ("toy", "standard", "pca")
RUNS = pd.DataFrame(
    {
        "dataset": ["toy"],
        "recipe": ["standard"],
        "perturbation": ["none"],
        "method": ["pca"],
        "status": ["failed"],
        "message": ["it broke"],
    }
)


@pytest.fixture
def tables():
    """A study of nine donors, three types and a cluster that is not sure."""
    rng = np.random.default_rng(0)
    cells = [f"c{i}" for i in range(270)]
    kinds = rng.choice(["T", "B", "NK"], 270)
    types = pd.DataFrame({"cell": cells, "type": kinds, "sure": rng.random(270) > 0.1})
    donor = np.arange(270) % 9
    truth = pd.DataFrame({"cell": cells, "donor": [f"d{d}" for d in donor]})
    truth["status"] = np.array(CARD["statuses"])[donor % 3]
    shares = composition.shares(types, truth.set_index("cell"), ["T", "NK", "B", "unsure"])
    return {
        "umap": pd.DataFrame({"cell": cells, "x": rng.random(270), "y": rng.random(270)}),
        "types": types,
        "truth": truth,
        "composition": shares,
        "tests": composition.tests(shares, CARD["statuses"]),
        "panel": pd.DataFrame({"cell": cells, "CD3E": rng.random(270), "MYB": np.zeros(270)}),
    }


def words(fig):
    return [text.get_text() for text in fig.findobj(lambda one: hasattr(one, "get_text"))]


def test_umap_by_status_counts_the_cells_of_each(tables):
    fig = fig5a.draw(tables["umap"], tables["truth"], RUNS, CARD, *SHOWS)
    assert {f"{name} (90)" for name in CARD["statuses"]} < set(words(fig))
    assert len(fig.axes[0].collections[0].get_offsets()) == 270


def test_many_statuses_have_a_colour_each(tables):
    statuses = [f"stage {number}" for number in range(9)]
    donor = tables["truth"]["donor"].str[1:].astype(int)
    truth = tables["truth"].assign(status=np.array(statuses)[donor])
    fig = fig5a.draw(tables["umap"], truth, RUNS, CARD | {"statuses": statuses}, *SHOWS)
    assert {f"{name} (30)" for name in statuses} < set(words(fig))
    assert len(np.unique(fig.axes[0].collections[0].get_facecolors(), axis=0)) == 9


def test_umap_by_type_has_the_types_in_order_and_the_unsure_last(tables):
    fig = fig5b.draw(tables["umap"], tables["types"], tables["composition"], RUNS, *SHOWS)
    legend = [text.get_text().split(" (")[0] for text in fig.legends[0].get_texts()]
    assert legend == ["T", "NK", "B", "unsure"]


def test_composition_has_a_point_per_donor_and_the_q_of_each_test(tables):
    fig = fig5c.draw(tables["composition"], tables["tests"], RUNS, CARD, *SHOWS)
    bars, donors, differences = fig.axes
    assert sum(len(points.get_offsets()) for points in donors.collections) == 4 * 9
    assert [label.get_text() for label in bars.get_yticklabels()] == ["T", "NK", "B", "unsure"]
    widths = np.array([bar.get_width() for bar in bars.patches]).reshape(3, 4)
    assert widths.sum(axis=0) == pytest.approx(100)
    assert sum("q = " in text.get_text() for text in differences.texts) == 8


def test_composition_says_why_there_is_no_test(tables):
    few = tables["composition"][~tables["composition"]["donor"].isin(["d5", "d8"])]
    tests = composition.tests(few, CARD["statuses"])
    fig = fig5c.draw(few, tests, RUNS, CARD, *SHOWS)
    said = [text for text in words(fig) if "no test: 1 donor with the status severe" in text]
    assert len(said) == 4


@pytest.mark.filterwarnings("error")
def test_a_status_that_the_filters_left_no_cell_of(tables):
    left = tables["composition"][tables["composition"]["status"] != "severe"]
    fig = fig5c.draw(left, composition.tests(left, CARD["statuses"]), RUNS, CARD, *SHOWS)
    assert words(fig).count("no test: 0 donors with the status severe") == 4
    assert "severe (0 donors)" in words(fig)


def test_violins_say_which_genes_are_missing(tables):
    fig = fig5d.draw(tables["panel"], tables["types"], tables["composition"], RUNS, *SHOWS)
    assert words(fig).count("not in the data") == 23
    assert len(fig.axes[0].collections) == 4  # one violin per type


def test_without_embedding_each_says_what_became_of_the_run(tables):
    none = {name: table[:0] for name, table in tables.items()}
    figures = [
        fig5a.draw(none["umap"], tables["truth"], RUNS, CARD, *SHOWS),
        fig5b.draw(none["umap"], none["types"], none["composition"], RUNS, *SHOWS),
        fig5c.draw(none["composition"], none["tests"], RUNS, CARD, *SHOWS),
        fig5d.draw(tables["panel"], none["types"], none["composition"], RUNS, *SHOWS),
    ]
    for fig in figures:
        assert "it broke" in " ".join(words(fig)) and "failed" in " ".join(words(fig))
