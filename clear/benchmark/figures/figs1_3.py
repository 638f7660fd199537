"""Figs. S1 to S3: every metric of every method on one dataset, each track in a row of panels."""

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, NullLocator

from clear.benchmark.figures import style
from clear.benchmark.figures.figure import Figure
from clear.benchmark.figures.tracks import GRID, LINE, heading
from clear.benchmark.metrics.metric import all_metrics
from clear.benchmark.statistics.summary import lost_runs
from clear.benchmark.tasks.clustering import TASK
from clear.benchmark.tsv import rows_where
from clear.benchmark.vocabulary import (
    EMBEDDING,
    ESTIMATED_K,
    GIVEN_K,
    NONE,
    OWN_K,
    status_words,
    title,
    with_recipe,
)

FIGURE = Figure(
    id="figs1_3",
    title="Every metric: {dataset} (Figs. S1-S3)",
    caption="Every metric of every method on {dataset}. Mark: mean over seeds, line: from the "
    "lowest seed to the highest. Beside a method's name the runs that have no score. The first row "
    "of panels has k-means with the true number of types, or clusters of a method that was told it "
    "(ASW: the embedding, without clusters), the second Leiden at resolution 0.5, the third the "
    "clusters of methods that choose their number. Vertical line: the number of published types. "
    "The V-measure is not shown: it equals the NMI.",
    per=("dataset", "recipe"),
    task="clustering",
    reads=("statistics", "prepare", "manifest"),
    order=12,
    category="Clustering",
)

AGREEMENT = ("ari", "nmi", "accuracy", "homogeneity", "completeness", "jaccard")
# Of each row of panels: its track, then what the last panel shows.
ROWS = ((GIVEN_K, EMBEDDING, "asw"), (ESTIMATED_K,) * 2 + ("n_clusters",))
ROWS += ((OWN_K,) * 2 + ("n_clusters",),)
PANEL, LINE_HEIGHT = 0.98, 0.15  # inches


def draw(
    statistics: pd.DataFrame, prepare: dict, manifest: dict, dataset: str, recipe: str
) -> mpl.figure.Figure:
    """Draw a panel for each metric of each track, with ``gid`` such as ``ari given_k``.

    A track has a line for each method that can be scored on it; all panels of it share these.

    Parameters
    ----------
    statistics
        The table ``statistics.tsv``.
    prepare
        ``prepare.json`` of the dataset, for the number of types.
    manifest
        The content of ``run.json``.
    dataset, recipe
        What to draw.
    """
    shown = {"dataset": dataset, "recipe": recipe, "perturbation": NONE, "task": TASK.id}
    table = rows_where(statistics, **shown)
    name = with_recipe(title(manifest["datasets"], dataset), recipe)
    if table["mean"].isna().all():
        return style.words(f"{name}: no run has a score.")
    served = {row[0]: _methods(table, row[0], manifest) for row in ROWS}
    rows = [row for row in ROWS if served[row[0]]]
    heights = [len(served[row[0]]) for row in rows]
    most = rows_where(table, metric="n_clusters")["max"].max()
    with style.look():
        columns = len(AGREEMENT) + 1
        height = LINE_HEIGHT * sum(heights) + 0.6 * len(rows) + 0.3
        fig = style.new_figure(2.2 + PANEL * columns, height)
        grid = fig.subplots(
            len(rows), columns, squeeze=False, sharey="row", gridspec_kw={"height_ratios": heights}
        )
        for line, (track, last_track, last) in zip(grid, rows, strict=True):
            panels = [(metric, track) for metric in AGREEMENT] + [(last, last_track)]
            for ax, (metric, of) in zip(line, panels, strict=True):
                ax.set_gid(f"{metric} {of}")
                mine = rows_where(table, track=of, metric=metric).set_index("method")
                _panel(ax, mine, served[track], manifest)
                ax.set_xlabel(all_metrics()[metric].title)
                if metric == "n_clusters":
                    _count(ax, most, len(prepare["types"]))
                else:
                    ax.set_xlim(min(ax.get_xlim()[0], -0.04), 1.06)
                    ax.set_xticks([0, 0.5, 1], ["0", ".5", "1"])
            lost = rows_where(table, track=track, metric=AGREEMENT[0]).set_index("method")["lost"]
            _name_lines(line[0], served[track], lost, manifest)
            line[0].set_title(" ")
            # Longer than its panel is wide, and no reason to make that wider.
            line[0].annotate(
                heading(track), (0, 1), (0, 6), xycoords="axes fraction", fontweight="bold",
                textcoords="offset points", annotation_clip=False, in_layout=False,
            )  # fmt: skip
        fig.suptitle(name, x=0.005, ha="left", fontweight="bold")
    return fig


def _methods(table: pd.DataFrame, track: str, manifest: dict) -> list[str]:
    """Return the methods with a line on a track, from top to bottom."""
    there = set(rows_where(table, track=track)["method"])
    return [method for method in style.method_styles(manifest) if method in there]


def _panel(ax: Axes, rows: pd.DataFrame, methods: list[str], manifest: dict) -> None:
    styles = style.method_styles(manifest)
    for y, method in enumerate(methods):
        if y % 2 == 0:
            ax.axhspan(y - 0.5, y + 0.5, color="#F4F4F4", linewidth=0, zorder=0)
        if method in rows.index and not np.isnan(rows.at[method, "mean"]):
            row, look = rows.loc[method], styles[method]
            span = {"color": look["color"], "linewidth": 1, "gid": f"seeds {method}"}
            ax.plot([row["min"], row["max"]], [y, y], **span)
            ax.plot(row["mean"], y, markersize=3.5, gid=method, **look)
    ax.set_ylim(len(methods) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x", color=GRID, linewidth=0.5)
    ax.set_axisbelow(True)


def _count(ax: Axes, most: float, n_types: int) -> None:
    """Make an axis of numbers of clusters."""
    ax.axvline(n_types, color=LINE, linewidth=0.8, zorder=1, gid="types")
    ax.set_xscale("log")
    ax.set_xlim(0.85, 1.3 * max(most, n_types))
    ax.xaxis.set_major_locator(LogLocator(subs=(1, 3) if most < 100 else (1,)))
    ax.xaxis.set_major_formatter("{x:g}")
    ax.xaxis.set_minor_locator(NullLocator())


def _name_lines(ax: Axes, methods: list[str], lost: pd.Series, manifest: dict) -> None:
    """Name the methods, each with the runs that have no score."""
    names = []
    for method in methods:
        runs = [f"{n} {status_words(status)}" for status, n in lost_runs(lost[method]).items()]
        names.append(": ".join(filter(None, [title(manifest["methods"], method), ", ".join(runs)])))
    ax.set_yticks(range(len(methods)), names)
