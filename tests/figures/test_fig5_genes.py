"""Panels E to J of Fig. 5: the numbers of small tables are in the pictures."""

import numpy as np
import pandas as pd
import pytest

from clear.benchmark.figures import cells_or_donors, fig5e, fig5f, fig5g, fig5h, fig5i, fig5j

CARD = {
    "id": "x",
    "title": "X",
    "statuses": ["healthy", "mild", "severe"],
    "focus": ["CD14", "CD16"],
}
SHOWS = {"dataset": "x", "recipe": "standard", "method": "pca"}
RUNS = pd.DataFrame(
    [SHOWS | {"perturbation": "none", "status": "failed", "message": "it broke", "seed": 0}]
)
LISTS = {"cytokines": ["IL6", "TNF"], "S100A8/A9": ["S100A8"], "ISG": ["MX1"], "MHC I": ["HLA-A"]}
LISTS |= {"MHC II": ["HLA-DRA"]}


def expression():
    rows = [
        {"list": name, "gene": gene, "type": kind, "status": status, "donors": 3, "cells": 50}
        | {"mean": 0.5 if name == "cytokines" else 3.0, "share": 0.25}
        for name, genes in LISTS.items()
        for gene in genes
        for kind in CARD["focus"]
        for status in CARD["statuses"]
    ]
    table = pd.DataFrame(rows)
    table.loc[table["gene"] == "TNF", ["mean", "share"]] = np.nan
    return table


def differential():
    rows = [
        {"type": kind, "status": status, "reference": "healthy", "gene": gene}
        | {"log2fc_cells": 1.0, "q_cells": 0.001, "log2fc_donors": 0.5, "q_donors": 0.2}
        for kind in CARD["focus"]
        for status in CARD["statuses"][1:]
        for gene in ("MX1", "HLA-A", "HLA-DRA", "S100A8")
    ]
    return pd.DataFrame(rows)


def scores():
    rows = [
        {"list": name, "type": kind, "status": status, "donor": f"{status}{number}"}
        | {"score": float(number)}
        for name in LISTS
        for kind in CARD["focus"]
        for status in CARD["statuses"]
        for number in range(3)
    ]
    return pd.DataFrame(rows)


def score_tests():
    rows = [
        {"list": name, "type": kind, "status": status, "reference": reference, "q": q}
        | {"reason": None if q == q else "no test: 1 donor of status severe"}
        for name in LISTS
        for kind in CARD["focus"]
        for status, reference, q in (
            ("mild", "healthy", 0.012), ("severe", "healthy", 0.3), ("severe", "mild", np.nan)
        )
    ]  # fmt: skip
    return pd.DataFrame(rows)


def words(fig):
    return [text.get_text() for text in fig.findobj(lambda part: hasattr(part, "get_text"))]


def test_cytokines_have_a_dot_per_status_and_a_cross_where_the_data_lack_them():
    fig = fig5e.draw(expression(), RUNS, CARD, **SHOWS)
    panel = fig.axes[0]
    assert [label.get_text() for label in panel.get_yticklabels()] == ["IL6", "TNF", "S100A8"]
    crosses, dots = panel.collections[:2]
    assert len(crosses.get_offsets()) == 3 and {y for _, y in crosses.get_offsets()} == {1}
    assert set(dots.get_sizes()) == {0.25 * fig5e.LARGEST}
    assert set(dots.get_array()) == {0.5, 3.0}


def test_fold_changes_stand_in_blocks_and_dots_mark_small_q():
    fig = fig5f.draw(differential(), expression(), RUNS, CARD, **SHOWS)
    blocks = [ax for ax in fig.axes if ax.images]
    assert [ax.get_ylabel() for ax in blocks] == ["ISG", "MHC I", "MHC II", "S100A8/A9"]
    assert blocks[0].images[0].get_array().tolist() == [[1, 0.5] * 4]
    assert len(blocks[0].collections) == 4  # by cells only


def test_a_type_that_no_cell_surely_has_is_said():
    card = CARD | {"focus": ["pDC"]}
    fig = fig5f.draw(differential(), expression(), RUNS, card, **SHOWS)
    assert "No cell is surely of the type pDC." in words(fig)


@pytest.mark.parametrize(("module", "panels"), [(fig5g, 4), (fig5h, 2)])
def test_scores_have_a_dot_per_donor_and_the_tests(module, panels):
    fig = module.draw(scores(), score_tests(), RUNS, CARD, **SHOWS)
    assert len(fig.axes) == panels
    assert sorted(y for dots in fig.axes[0].collections for _, y in dots.get_offsets()) == [
        0, 0, 0, 1, 1, 1, 2, 2, 2,
    ]  # fmt: skip
    found = words(fig)
    assert {"q = 0.012", "q = 0.3", "no test: 1 donor of status severe"} <= set(found)


@pytest.mark.parametrize(("module", "status"), [(fig5i, "mild"), (fig5j, "severe")])
def test_sets_are_bars_by_unit(module, status):
    rows = [
        {"type": "CD14", "status": status, "unit": unit, "set": name, "nes": nes, "p": 0.01, "q": q}
        | {"genes": 7, "ranked": 90}
        for unit in ("cells", "donors")
        for name, nes, q in (("going up (GO:1)", 2.0, 0.01), ("going down (GO:2)", -1.5, 0.2))
    ]
    fig = module.draw(pd.DataFrame(rows), differential(), RUNS, CARD, **SHOWS)
    for ax in fig.axes:
        assert [bar.get_width() for bar in ax.patches] == [2.0, -1.5]
        assert [bar.get_alpha() for bar in ax.patches] == [1, 0.3]
        assert [text.get_text() for text in ax.get_yticklabels()] == [
            "going up (7)",
            "going down (7)",
        ]


def test_without_gene_sets_it_is_said():
    empty = pd.DataFrame(columns=["type", "status", "unit", "nes"])
    fig = fig5i.draw(empty, differential(), RUNS, CARD, **SHOWS)
    assert any("CD14: mild against healthy: no gene set to show" in text for text in words(fig))


def test_found_genes_are_bars_with_the_false_ones_where_they_are_known():
    rows = [
        {"type": "B", "status": status, "found_cells": 20, "found_donors": 0}
        | {"false_cells": 18, "false_donors": 0, "reason": reason}
        for status, reason in (("mild", None), ("severe", "no test by donors: 1 donor"))
    ]
    fig = cells_or_donors.draw(pd.DataFrame(rows), RUNS, CARD, **SHOWS)
    assert {" 20 (18 false)", " 0", " not tested"} <= set(words(fig))
    assert [bar.get_width() for bar in fig.axes[0].patches] == [20, 18, 0, 0]


OK = RUNS.assign(status="ok", message=None)


ALL_BUT_ONE = [(module, 2) for module in (fig5f, fig5g, fig5h, fig5i, fig5j)]


@pytest.mark.parametrize(("module", "tables"), [(fig5e, 1), (cells_or_donors, 1), *ALL_BUT_ONE])
def test_types_that_no_cell_surely_has_are_named(module, tables):
    """Also where no cluster's type is sure: there is an embedding all the same."""
    fig = module.draw(*[pd.DataFrame()] * tables, OK, CARD, **SHOWS)
    assert "No cell is surely of the type CD14 or CD16." in words(fig)


def test_one_type_of_two_that_no_cell_surely_has_is_named():
    def without(table):
        return table[table["type"] != "CD16"]

    cells, donors = (
        f"No {who} of the type CD16." for who in ("cell is surely", "donor has ten cells")
    )
    assert cells in words(fig5e.draw(without(expression()), OK, CARD, **SHOWS))
    assert cells in words(fig5f.draw(without(differential()), expression(), OK, CARD, **SHOWS))
    assert donors in words(fig5h.draw(without(scores()), score_tests(), OK, CARD, **SHOWS))
    everything = words(fig5e.draw(expression(), OK, CARD, **SHOWS))
    assert not any("No cell" in text for text in everything)


def test_gene_sets_of_a_type_that_no_cell_has():
    empty = pd.DataFrame(columns=["type", "status", "unit", "nes"])
    fig = fig5i.draw(empty, differential(), OK, CARD | {"focus": ["pDC"]}, **SHOWS)
    assert any("no cell is surely of this type" in text.replace("\n", " ") for text in words(fig))


def test_lists_of_other_names_are_missed_by_name():
    def named(table):
        return table.assign(list="mine")

    drawn = (
        fig5e.draw(named(expression()), OK, CARD, **SHOWS),
        fig5f.draw(differential(), named(expression()), OK, CARD, **SHOWS),
        fig5g.draw(named(scores()), named(score_tests()), OK, CARD, **SHOWS),
    )
    for fig, name in zip(drawn, ("cytokines", "ISG", "MHC I"), strict=True):
        assert any(f"a list called {name} or" in text for text in words(fig))


def test_a_list_that_is_not_there_leaves_its_row_out():
    some = scores()[lambda table: table["list"] != "MHC II"]
    assert len(fig5g.draw(some, score_tests(), OK, CARD, **SHOWS).axes) == 2


@pytest.mark.parametrize(
    ("module", "tables"),
    [(fig5e, 1), (fig5f, 2), (fig5g, 2), (fig5h, 2), (fig5i, 2), (cells_or_donors, 1)],
)
def test_a_method_without_embedding_says_why(module, tables):
    fig = module.draw(*[pd.DataFrame()] * tables, RUNS, CARD, **SHOWS)
    assert any("it broke" in text for text in words(fig))
