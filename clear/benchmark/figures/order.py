"""Cells by pseudotime against their stage, and the way of that order through a plane."""

from textwrap import fill, shorten

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D

from clear.benchmark.figures import style
from clear.benchmark.tasks.pseudotime import ROOTED
from clear.benchmark.tsv import rows_where
from clear.benchmark.vocabulary import NONE, title

COLUMNS = 2  # methods side by side
PANEL, HEADING = 1.9, 0.35  # inches
JITTER = 0.3  # of the height of a stage, to both sides
REASON = 110  # characters of a message
INK = "#1A1A1A"
LINE = {"color": INK, "linewidth": 1.2, "linestyle": "-"}
JUMP = {"color": INK, "linewidth": 0.8, "linestyle": ":"}


def draw_methods(
    order: pd.DataFrame,
    path: pd.DataFrame,
    runs: pd.DataFrame,
    statistics: pd.DataFrame,
    manifest: dict,
    card: dict,
    dataset: str,
    recipe: str,
    methods: list[str],
) -> mpl.figure.Figure:
    """Draw two panels for each method that is scored with the first stage given.

    Parameters
    ----------
    order, path
        Tables of :func:`clear.benchmark.tasks.cells_in_order.cells_in_order`.
    runs, statistics, manifest
        Of the run.
    card
        Of the dataset: the names of its stages.
    dataset, recipe
        What is shown.
    methods
        Ids in the order of the panels.

    Returns
    -------
    matplotlib.figure.Figure
        Panels with the ids ``<method> order`` and ``<method> plane`` as ``gid``.
    """
    shown = {"dataset": dataset, "recipe": recipe, "perturbation": NONE}
    runs = rows_where(runs, **shown)
    found = rows_where(statistics, **shown, track=ROOTED, metric="spearman").set_index("method")
    methods = [name for name in methods if name in found.index]
    if not methods:
        return style.words("No method of this figure orders these cells.")
    stages = [str(stage) for stage in card["stages"]]
    colours = list(style.type_colours(stages).values())
    lines = -(-len(methods) // COLUMNS)
    columns = min(COLUMNS, len(methods))
    with style.look():
        fig = style.new_figure(columns * 2 * PANEL + 1.6, lines * (PANEL + HEADING) + 0.2)
        axes = fig.subplots(lines, 2 * columns, squeeze=False).reshape(-1, 2)
        for pair, method in zip(axes, methods, strict=False):
            cells = rows_where(order, method=method)
            _heading(pair[0], manifest, method, found.loc[method])
            for ax, part in zip(pair, ("order", "plane"), strict=True):
                ax.set_gid(f"{method} {part}")
                ax.set_box_aspect(1)
            if cells.empty:
                _say_why(pair, runs[runs["method"] == method])
                continue
            _strips(pair[0], cells, stages, colours)
            _plane(pair[1], cells, rows_where(path, method=method), colours)
        for pair in axes[len(methods) :]:
            for ax in pair:
                ax.remove()
        _legend(fig, stages, colours, bool(path.get("jump", pd.Series(dtype=bool)).any()))
    return fig


def _heading(ax: Axes, manifest: dict, method: str, spearman: pd.Series) -> None:
    name = shorten(title(manifest["methods"], method), 40, placeholder=" ...")
    value, runs = "", int(spearman["scored"])
    if not np.isnan(spearman["mean"]):
        spread = "" if np.isnan(spearman["sd"]) else f", SD {spearman['sd']:.3f}"
        value = f"\nSpearman {spearman['mean']:.3f}{spread}, {runs} run{'s' * (runs > 1)}"
    ax.set_title(name + value.replace("-", "\u2212"), loc="left", linespacing=1.1)


def _strips(ax: Axes, cells: pd.DataFrame, stages: list[str], colours: list[str]) -> None:
    """Scatter the cells of each stage in a strip, across the places where they belong."""
    rng = np.random.default_rng(0)  # where in the strip says nothing
    codes = cells["stage"].astype(int).to_numpy()
    ends = np.concatenate([[0], np.bincount(codes, minlength=len(stages)).cumsum()]) / len(codes)
    for code, colour in enumerate(colours):
        places = cells["place"].to_numpy()[codes == code]
        heights = code + rng.uniform(-JITTER, JITTER, len(places))
        ax.plot(ends[code : code + 2], [code - 0.5, code + 0.5], color="#999999", linewidth=1)
        ax.scatter(places, heights, color=colour, **_dots(len(codes)))
    ax.set_yticks(range(len(stages)), [fill(stage, 12) for stage in stages])
    ax.set(xlim=(-0.03, 1.03), ylim=(-0.6, len(stages) - 0.4), xticks=[0, 0.5, 1])
    ax.set_xlabel("Place by pseudotime")


def _plane(ax: Axes, cells: pd.DataFrame, path: pd.DataFrame, colours: list[str]) -> None:
    ax.set(xticks=[], yticks=[])
    if path.empty:
        ax.axis("off")
        ax.text(0.5, 0.5, "no plane", transform=ax.transAxes, ha="center", color="#666666")
        return
    shuffled = cells.sample(frac=1, random_state=0)  # no stage hides another by its place
    colour = [colours[code] for code in shuffled["stage"].astype(int)]
    ax.scatter(shuffled["umap1"], shuffled["umap2"], c=colour, **_dots(len(cells)))
    for jump, lines in path.iloc[1:].groupby("jump"):
        ends = lines[["from_umap1", "from_umap2", "umap1", "umap2"]].to_numpy().reshape(-1, 2, 2)
        look = JUMP if jump else LINE
        ax.add_collection(LineCollection(ends, gid="jumps" if jump else "lines", **look))
    first = path.iloc[0]
    ax.plot(first["umap1"], first["umap2"], "o", color=INK, markersize=4)
    own = cells["plane"].iloc[0] == cells["method"].iloc[0]
    ax.set_xlabel("UMAP" if own else "UMAP of PCA")


def _dots(n: int) -> dict:
    return {"s": float(np.clip(2500 / n, 0.5, 14)), "linewidths": 0, "rasterized": n > 2000}


def _say_why(pair, runs: pd.DataFrame) -> None:
    words = style.why_empty(runs, "no order from the first stage", REASON, 28)
    pair[0].set(xticks=[], yticks=[])
    pair[0].text(
        0.5, 0.5, words, transform=pair[0].transAxes, ha="center", va="center",
        color="#555555", fontsize=7,
    )  # fmt: skip
    pair[1].axis("off")


def _legend(fig: mpl.figure.Figure, stages: list[str], colours: list[str], jumps: bool) -> None:
    handles = [
        Line2D([], [], linestyle="", marker="o", markersize=5, color=colour, label=fill(stage, 20))
        for stage, colour in zip(stages, colours, strict=True)
    ]
    handles += [
        Line2D([], [], color=INK, linestyle="", marker="o", markersize=4, label="start"),
        Line2D([], [], label="order", **LINE),
    ]
    if jumps:
        handles.append(Line2D([], [], label="jump", **JUMP))
    fig.legend(handles=handles, loc="outside right upper", title="Stage", alignment="left")
