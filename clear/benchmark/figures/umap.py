"""UMAP of every method's embedding of a dataset, coloured by cell type."""

import math
from textwrap import fill, shorten

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from clear.benchmark.figures import style
from clear.benchmark.figures.figure import Figure
from clear.benchmark.metrics.metric import all_metrics
from clear.benchmark.tsv import rows_where
from clear.benchmark.vocabulary import (
    GIVEN_K,
    NONE,
    method_order,
    title,
    with_recipe,
)

FIGURE = Figure(
    id="umap",
    title="Embeddings of {dataset} (Figs. S4-S12)",
    caption="UMAP of each method's embedding with the first seed, coloured by published cell "
    "type, the same colours in every panel. An empty panel says what became of the runs; clusters "
    "or pseudotime only: the method makes no embedding; no UMAP: the embedding is gone, or there "
    "are fewer than four cells. ARI: mean over seeds, true number of types given.",
    per=("dataset", "recipe"),
    reads=("umap", "runs", "statistics", "manifest"),
    order=20,
    category="Embeddings",
)

RASTERISE_ABOVE = 2000  # points; more make the PDF slow to open
COLUMNS = 4  # at most, for up to three rows of them
MANY_COLUMNS = 6
PANEL, TITLE = 2.0, 0.32  # inches
REASON = 130  # characters of a message


def draw(
    umap: pd.DataFrame,
    runs: pd.DataFrame,
    statistics: pd.DataFrame,
    manifest: dict,
    dataset: str,
    recipe: str,
) -> mpl.figure.Figure:
    """Draw one panel per method.

    Where the table has several seeds of a method, the lowest is drawn.

    Returns
    -------
    matplotlib.figure.Figure
        As :func:`draw_methods`, CLEAR first, controls last.
    """
    tables = umap, runs, statistics, manifest
    return draw_methods(*tables, dataset, recipe, method_order(manifest))


def draw_methods(
    umap: pd.DataFrame,
    runs: pd.DataFrame,
    statistics: pd.DataFrame,
    manifest: dict,
    dataset: str,
    recipe: str,
    methods: list[str],
) -> mpl.figure.Figure:
    """Draw one panel for each of some methods, with the method's id as ``gid``.

    A method without an embedding has an empty panel that says why.
    """
    shown = {"dataset": dataset, "recipe": recipe, "perturbation": NONE}
    runs = rows_where(runs, **shown)
    ari = rows_where(statistics, **shown, track=GIVEN_K, metric="ari")
    ari = ari.set_index("method")["mean"].dropna()
    if set(runs["status"]) <= {"no_data"}:
        heading = with_recipe(title(manifest["datasets"], dataset), recipe)
        return style.words(f"{heading}: no data")
    types = style.type_order(umap["cell_type"].astype(str).unique(), manifest["datasets"][dataset])
    colours = style.type_colours(types)
    most = COLUMNS if len(methods) <= 3 * COLUMNS else MANY_COLUMNS
    rows = max(1, math.ceil(len(methods) / most))
    columns = max(1, math.ceil(len(methods) / rows))
    # As many legend columns as the height of the panels asks for.
    tallest = max((0.14 * (1 + name.count("\n")) + 0.06 for name in map(_wrap, types)), default=0)
    per_column = max(4, int((rows * (PANEL + TITLE) - 0.3) / max(tallest, 0.2)))
    legend_columns = math.ceil(len(types) / per_column)
    with style.look():
        fig = style.new_figure(
            columns * PANEL + 1.9 * legend_columns + 0.2, rows * (PANEL + TITLE) + 0.2
        )
        axes = fig.subplots(rows, columns, squeeze=False).ravel()
        for i, (ax, method) in enumerate(zip(axes, methods, strict=False)):
            points = umap[umap["method"] == method]
            _panel(ax, method, manifest, ari.get(method))
            if len(points):
                _scatter(ax, points[points["seed"] == points["seed"].min()], colours)
            else:
                outputs = manifest["methods"][method]["outputs"]
                _say_why_empty(ax, runs[runs["method"] == method], outputs)
            if i == columns * (rows - 1):
                ax.set_xlabel("UMAP 1", fontsize=6.5, loc="left")
                ax.set_ylabel("UMAP 2", fontsize=6.5, loc="bottom")
        for ax in axes[len(methods) :]:
            ax.remove()
        _legend(fig, colours, legend_columns)
    return fig


def _panel(ax: Axes, method: str, manifest: dict, ari: float | None) -> None:
    """Make an empty square panel titled with the method and its mean ARI."""
    ax.set_gid(method)
    ax.set_box_aspect(1)
    ax.set(xticks=[], yticks=[])
    ax.spines[["top", "right"]].set_visible(True)
    ax.spines[:].set_color("#BBBBBB")
    lines = [shorten(title(manifest["methods"], method), 32, placeholder=" ...")]
    if ari is not None:
        shown = f"{round(ari, 2) + 0.0:.2f}".replace("-", "\u2212")  # + 0: no minus zero
        lines.append(f"{all_metrics()['ari'].title} {shown}")
    ax.set_title("\n".join(lines), fontsize=8, linespacing=1.05)


def _scatter(ax: Axes, points: pd.DataFrame, colours: dict[str, str]) -> None:
    """Scatter cells in random order, so that no type hides another by its place in the file."""
    points = points.sample(frac=1, random_state=0)
    n = len(points)
    ax.scatter(
        points["umap1"],
        points["umap2"],
        c=points["cell_type"].astype(str).map(colours),
        s=float(np.clip(4000 / n, 0.4, 16)),
        linewidths=0,
        rasterized=n > RASTERISE_ABOVE,
    )
    ax.set_aspect("equal", adjustable="datalim")


def _say_why_empty(ax: Axes, runs: pd.DataFrame, outputs: list[str]) -> None:
    """Write what became of the runs of a method, or that it writes no embedding."""
    without = "pseudotime only" if outputs == ["pseudotime"] else "clusters only"
    instead = "no UMAP" if "embedding" in outputs else without
    words = style.why_empty(runs, instead, REASON, 30)
    ax.text(
        0.5, 0.5, words, transform=ax.transAxes, ha="center", va="center",
        color="#555555", fontsize=7, clip_on=True,
    )  # fmt: skip
    ax.set_facecolor("#F7F7F7")


def _wrap(name: str) -> str:
    return fill(name, 24)


def _legend(fig: mpl.figure.Figure, colours: dict[str, str], columns: int) -> None:
    handles = [
        Line2D([], [], linestyle="", marker="o", markersize=5, color=colour, label=_wrap(name))
        for name, colour in colours.items()
    ]
    if not handles:
        return
    fig.legend(
        handles=handles, loc="outside right upper", ncols=columns, title="Cell type",
        alignment="left", handletextpad=0.2,
    )  # fmt: skip
