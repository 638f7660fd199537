"""Figs. 3A and S15-S20: UMAP of shared types by batch, and of all cells by type."""

import math
from textwrap import fill

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from clear.benchmark.figures import style
from clear.benchmark.figures.figure import Figure
from clear.benchmark.tsv import rows_where
from clear.benchmark.vocabulary import (
    NONE,
    method_order,
    title,
    with_recipe,
)

FIGURE = Figure(
    id="fig3a",
    title="Fig. 3A: batches and types of {dataset} (Figs. S15-S20)",
    caption="UMAP of each method's embedding with the first seed. Upper panel of a method: cells "
    "of the types that all batches have, coloured by batch; mixed colours are what is wanted. "
    "Where no type is in all batches, cells of the types that several have. Lower panel: all "
    "cells, coloured by type; here colours should stay apart. Balance: mean over seeds. Methods "
    "marked * are told the batches. An empty panel says what became of the run.",
    per=("dataset", "recipe"),
    reads=("umap", "runs", "statistics", "manifest"),
    order=31,
    category="Batch effects",
    task="batch",
)

COLUMNS = 6
PANEL, LEGEND_LINE = 1.75, 0.17  # inches
RASTERISE_ABOVE = 2000
REASON, WIDTH = 150, 26  # characters of a message, and of a line in a panel


def draw(
    umap: pd.DataFrame,
    runs: pd.DataFrame,
    statistics: pd.DataFrame,
    manifest: dict,
    dataset: str,
    recipe: str,
) -> mpl.figure.Figure:
    """Draw two panels per method, whose ``gid`` are such as ``batch pca`` and ``type pca``."""
    if umap.empty:
        heading = with_recipe(title(manifest["datasets"], dataset), recipe)
        return style.words(f"{heading}: no embedding")
    shown = {"dataset": dataset, "recipe": recipe, "perturbation": NONE}
    balance = rows_where(statistics, **shown, task="batch", track="any", metric="balance")
    balance = balance.set_index("method")["mean"].dropna()
    runs = rows_where(runs, **shown)
    card = manifest["datasets"][dataset]
    one = umap.drop_duplicates("cell")
    shared, which = _shared(one)
    by_batch = style.batch_colours(style.type_order(one["batch"].unique(), {}))
    by_type = style.type_colours(style.type_order(one["cell_type"].unique(), card))
    cards = manifest["methods"]
    methods = [m for m in method_order(manifest) if "embedding" in cards[m]["outputs"]]
    rows = math.ceil(len(methods) / COLUMNS)
    columns = min(len(methods), COLUMNS)
    height = rows * (2 * PANEL + 0.5)
    # As many columns of the legend, which has two headings, as the height of the panels asks for.
    legend_columns = math.ceil((len(by_batch) + len(by_type) + 2) * LEGEND_LINE / (height - 0.1))
    with style.look():
        fig = style.new_figure(columns * PANEL + 0.3 + 1.9 * legend_columns, height)
        grid = fig.subplots(2 * rows, columns, squeeze=False)
        for i, method in enumerate(methods):
            upper, lower = (grid[2 * (i // columns) + half, i % columns] for half in (0, 1))
            points = umap[umap["method"] == method]
            points = points[points["seed"] == points["seed"].min()].sample(frac=1, random_state=0)
            _panel(upper, points[points["cell_type"].isin(shared)], "batch", by_batch, points)
            _panel(lower, points, "cell_type", by_type, points)
            upper.set_gid(f"batch {method}")
            lower.set_gid(f"type {method}")
            told = "\u00a0*" * ("batch" in (cards[method].get("told") or []))
            value = f"\nbalance {balance[method]:.2f}" if method in balance else ""
            name = fill(title(cards, method) + told, WIDTH)
            upper.set_title(f"{name}{value}", fontsize=7.5)
            if points.empty:
                mine = runs[runs["method"] == method]
                words = style.why_empty(mine, "no embedding", REASON, WIDTH)
                upper.text(
                    0.5, 0.5, words, transform=upper.transAxes, ha="center", va="center",
                    color="#555555", fontsize=6.5,
                )  # fmt: skip
            if i % columns == 0:
                upper.set_ylabel(f"types in {which},\nby batch", fontsize=7)
                lower.set_ylabel("all cells, by type", fontsize=7)
        for i in range(len(methods), rows * columns):
            for half in (0, 1):
                grid[2 * (i // columns) + half, i % columns].remove()
        _legend(fig, {"Batch": by_batch, "Cell type": by_type}, legend_columns)
        if with_recipe("", recipe):
            fig.suptitle(with_recipe(title(manifest["datasets"], dataset), recipe))
    return fig


def _shared(cells: pd.DataFrame) -> tuple[set[str], str]:
    """Return the types that can be mixed, and in how many batches they are: in all, or in several.

    The second where no type is in all of them, as of tumours, of which every patient has another.
    """
    batches = cells.groupby("cell_type")["batch"].nunique()
    everywhere = set(batches.index[batches == cells["batch"].nunique()])
    if everywhere:
        return everywhere, "all batches"
    return set(batches.index[batches > 1]), "several batches"


def _panel(
    ax: Axes, points: pd.DataFrame, column: str, colours: dict[str, str], every: pd.DataFrame
) -> None:
    ax.set_box_aspect(1)
    ax.set(xticks=[], yticks=[])
    ax.spines[["top", "right"]].set_visible(True)
    ax.spines[:].set_color("#BBBBBB")
    if every.empty:
        return
    ax.scatter(
        points["umap1"], points["umap2"], c=list(points[column].map(colours)), linewidths=0,
        s=float(np.clip(3000 / len(every), 0.4, 12)), rasterized=len(every) > RASTERISE_ABOVE,
    )  # fmt: skip
    # Both panels of a method show the same part of the plane.
    for axis, name in (("x", "umap1"), ("y", "umap2")):
        low, high = every[name].min(), every[name].max()
        margin = 0.05 * (high - low) or 1
        ax.set(**{f"{axis}lim": (low - margin, high + margin)})


def _legend(fig: mpl.figure.Figure, parts: dict[str, dict[str, str]], columns: int) -> None:
    handles = []
    for heading, colours in parts.items():
        handles.append(Line2D([], [], linestyle="", label=heading))
        handles += [
            Line2D([], [], linestyle="", marker="o", markersize=5, color=colour, label=name)
            for name, colour in colours.items()
        ]
    legend = fig.legend(
        handles=handles, loc="outside right upper", ncols=columns, handletextpad=0.2
    )
    for text in legend.get_texts():
        text.set_fontweight("bold" if text.get_text() in parts else "normal")
