"""The figure of a dataset's quality shows every cell once, and the thresholds where they are."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex

from clear.benchmark.figures import qc, style

CARD = {"title": "Made", "stages": ["old", "young"]}
SETTINGS = {
    "standard": {"min_genes": 200, "max_mito": 0.1, "max_ercc": None},
    "released": {"min_genes": 200, "max_mito": 0.05, "max_ercc": 0.1},
}


def record(recipe: str, settings: dict) -> dict:
    """The part of prepare.json that the figure reads."""
    used = {name: limit for name, limit in settings.items() if limit is not None}
    steps = [{"filter": name, "threshold": limit, "applied": True} for name, limit in used.items()]
    return {
        "recipe": recipe,
        "unit": "counts",
        "filters": [*steps, {"filter": "no_expression", "applied": True}],
    }


RECORDS = [record(recipe, own) for recipe, own in SETTINGS.items()]


def made(cells=500, types=("young", "old"), batches=3) -> pd.DataFrame:
    random = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "cell": [f"c{i}" for i in range(cells)],
            "cell_type": random.choice(types, cells),
            "batch": [f"donor{i % batches}" for i in range(cells)],
            "genes": random.integers(50, 4000, cells),
            "total": random.lognormal(8, 1.2, cells),
            "mito_share": random.beta(2, 30, cells),
            "ercc_share": random.beta(1, 60, cells),
        }
    )
    for recipe, own in SETTINGS.items():
        fate = np.where(table["ercc_share"] >= (own["max_ercc"] or 2), "max_ercc", "kept")
        fate = np.where(table["mito_share"] >= own["max_mito"], "max_mito", fate)
        table[recipe] = np.where(table["genes"] < own["min_genes"], "min_genes", fate)
    return table


def axes_of(fig) -> dict:
    return {ax.get_gid(): ax for part in fig.subfigs for ax in part.axes}


def in_colour(ax, colour) -> list:
    return [patch for patch in ax.patches if to_hex(patch.get_facecolor()).upper() == colour]


def test_every_cell_is_in_each_histogram_and_the_colours_tell_what_is_kept():
    table = made()
    fig = qc.draw(table, RECORDS, CARD, "made")
    axes = axes_of(fig)
    assert list(axes) == ["genes", "total", "mito_share", "ercc_share", "cell_type", "batch"]
    kept = int((table["standard"] == "kept").sum())
    for name in ("genes", "total", "mito_share", "ercc_share"):
        heights = {
            colour: sum(patch.get_height() for patch in in_colour(axes[name], colour))
            for colour in (qc.KEPT_COLOUR, qc.LOST_COLOUR)
        }
        assert heights == {qc.KEPT_COLOUR: kept, qc.LOST_COLOUR: len(table) - kept}
    few = [patch for patch in in_colour(axes["genes"], qc.KEPT_COLOUR) if patch.get_height()]
    width = few[0].get_width()
    assert min(patch.get_x() for patch in few) + width > 200
    assert axes["total"].get_xscale() == "log"


def test_thresholds_of_each_recipe_stand_where_they_cut():
    axes = axes_of(qc.draw(made(), RECORDS, CARD, "made"))
    lines = {name: [line.get_xdata()[0] for line in ax.lines] for name, ax in axes.items()}
    assert lines["genes"] == [200, 200]
    assert lines["mito_share"] == [0.1, 0.05]
    assert lines["ercc_share"] == [0.1]
    assert lines["total"] == []


def test_a_filter_that_did_not_apply_has_no_threshold():
    other = record("released", SETTINGS["released"])
    other["filters"][1] |= {"applied": False, "reason": "other names"}
    axes = axes_of(qc.draw(made(), [RECORDS[0], other], CARD, "made"))
    assert [line.get_xdata()[0] for line in axes["mito_share"].lines] == [0.1]


def test_legend_counts_what_each_recipe_takes():
    table = made()
    (legend,) = qc.draw(table, RECORDS, CARD, "made").legends
    texts = " | ".join(text.get_text() for text in legend.get_texts())
    for recipe in SETTINGS:
        assert f": {(table[recipe] != 'kept').sum():,} cells removed" in texts
    assert "removed by a filter" in texts
    (legend,) = qc.draw(made().assign(standard="kept"), RECORDS, CARD, "made").legends
    assert "removed by a filter" not in [text.get_text() for text in legend.get_texts()]


def test_bars_are_the_cells_of_each_type_in_the_order_of_the_card():
    table = made()
    ax = axes_of(qc.draw(table, RECORDS, CARD, "made"))["cell_type"]
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["old", "young"]
    kept = table[table["standard"] == "kept"]["cell_type"].value_counts()
    widths = [patch.get_width() for patch in in_colour(ax, qc.KEPT_COLOUR)]
    assert widths == [kept["old"], kept["young"]]
    total = table["cell_type"].value_counts()
    assert [text.get_text().strip() for text in ax.texts] == [
        f"{kept[name]} of {total[name]}" for name in ("old", "young")
    ]


def test_what_is_not_known_has_no_axes_and_is_named():
    table = made().drop(columns="batch").assign(mito_share=np.nan, ercc_share=np.nan)
    fig = qc.draw(table, RECORDS[:1], CARD, "made")
    assert list(axes_of(fig)) == ["genes", "total", "cell_type"]
    note = fig.legends[0].get_title().get_text()
    assert "mitochondrial share, ERCC spike-in share" in note


@pytest.mark.parametrize(("types", "batches"), [(6, 2), (30, 30), (13, 1)])
def test_small_and_large_figures_fit(tmp_path, types, batches):
    names = [
        f"T{i}" if i % 3 else f"CD4-positive, alpha-beta memory T cell, kind {i}"
        for i in range(types)
    ]
    fig = qc.draw(made(900, names, batches), RECORDS, CARD, "made")
    style.save(fig, tmp_path / "a.pdf", tmp_path / "a.png")
    renderer = FigureCanvasAgg(fig).get_renderer()
    fig.draw(renderer)
    page = fig.bbox.padded(2)
    for name, ax in axes_of(fig).items():
        low, high = ax.get_xlim()
        numbers = zip(ax.get_xticks(), ax.get_xticklabels(), strict=True)
        labels = [label for tick, label in numbers if low <= tick <= high]
        labels = ax.get_yticklabels() if name in ("cell_type", "batch") else labels
        boxes = [label.get_window_extent(renderer) for label in labels if label.get_text()]
        assert len(boxes) > 1 or name == "batch"
        for box in [*boxes, *(text.get_window_extent(renderer) for text in ax.texts)]:
            assert page.x0 <= box.x0 and box.x1 <= page.x1
        for one, other in pairwise(boxes):
            assert not one.overlaps(other)
    shown = [tick.get_text() for tick in axes_of(fig)["cell_type"].get_yticklabels()]
    assert len(set(shown)) == types
    legend = fig.legends[0].get_window_extent(renderer)
    assert legend.x1 <= page.x1
    lowest = min(ax.get_tightbbox(renderer).y0 for ax in axes_of(fig).values())
    assert legend.y1 <= lowest + 1


def test_cells_without_expression_do_not_break_the_logarithmic_axis():
    table = made()
    table.loc[:4, ["genes", "total", "mito_share", "ercc_share"]] = 0
    table.loc[:4, "standard"] = "min_genes"
    ax = axes_of(qc.draw(table, RECORDS, CARD, "made"))["total"]
    assert sum(patch.get_height() for patch in ax.patches) == len(table) - 5


@pytest.mark.parametrize("largest", [0.009, 0.03, 0.3, 1.0])
def test_labels_of_shares_say_where_their_ticks_are(largest):
    table = made().assign(mito_share=np.linspace(0, largest, 500))
    fig = qc.draw(table, RECORDS, CARD, "made")
    FigureCanvasAgg(fig).draw()
    axis = axes_of(fig)["mito_share"].xaxis
    labels = [float(label.get_text().removesuffix("%")) for label in axis.get_ticklabels()]
    assert len(labels) > 2
    assert np.allclose(labels, 100 * axis.get_majorticklocs())
