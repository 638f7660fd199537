"""Lines of the scores of methods against the share of non-zero values that was set to zero."""

from textwrap import fill

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from clear.benchmark.figures import style
from clear.benchmark.metrics.metric import all_metrics
from clear.benchmark.statistics.summary import lost_runs
from clear.benchmark.tasks.clustering import TASK
from clear.benchmark.tsv import rows_where
from clear.benchmark.vocabulary import TRACKS, dropout_percent, status_words, title, with_recipe

LEGEND = 1.7  # inches


def draw(
    statistics: pd.DataFrame,
    manifest: dict,
    dataset: str,
    recipe: str,
    panels: list[list[tuple[str, str]]],
    size: float,
) -> mpl.figure.Figure:
    """Draw a grid of panels, each of them with a line for each method.

    Parameters
    ----------
    statistics
        The table ``statistics.tsv``.
    manifest
        The content of ``run.json``.
    dataset, recipe
        What to draw.
    panels
        Track and metric of each panel, by the rows of the grid. Those that no method is scored
        on are left out.
    size
        Of a panel, in inches.

    Returns
    -------
    matplotlib.figure.Figure
        Panels with a ``gid`` such as ``ari given_k``. A line goes through the means of a method,
        upright bars from its lowest to its highest seed. Panels of one metric that has
        bounds have one scale. A line is broken where no run has a score;
        why is said below the panels.
    """
    rows = rows_where(statistics, dataset=dataset, recipe=recipe, task=TASK.id)
    there = set(zip(rows["track"], rows["metric"], strict=True))
    panels = [found for row in panels if (found := [panel for panel in row if panel in there])]
    drawn = {panel for row in panels for panel in row}
    rows = rows[[panel in drawn for panel in zip(rows["track"], rows["metric"], strict=True)]]
    rows = rows.assign(percent=rows["perturbation"].map(dropout_percent)).sort_values("percent")
    heading = with_recipe(title(manifest["datasets"], dataset), recipe)
    if rows["mean"].isna().all():
        return style.words(f"{heading}: no run has a score.")
    columns, before = max(map(len, panels)), None
    with style.look():
        fig = style.new_figure(columns * size + LEGEND, len(panels) * size + 0.7)
        grid = fig.subplots(len(panels), columns, squeeze=False)
        for i, row in enumerate(panels):
            for j, (track, metric) in enumerate(row):
                ax = grid[i, j]
                ax.set_gid(f"{metric} {track}")
                _panel(ax, rows_where(rows, track=track, metric=metric), manifest)
                ax.set_ylabel(all_metrics()[metric].title)
                if track != before:
                    words = TRACKS[track][0].upper() + TRACKS[track][1:]
                    ax.set_title(fill(words, int(14 * size)), loc="left", fontweight="bold")
                before = track
                if i == len(panels) - 1 or j >= len(panels[i + 1]):
                    ax.set_xlabel("Non-zero values set to zero (%)")
            for ax in grid[i, len(row) :]:
                ax.remove()
        _same_scale(fig.axes)
        _legend(fig, set(rows["method"]), manifest)
        fig.suptitle(heading, x=0.005, ha="left", fontweight="bold")
        fig.supxlabel(fill(_below(rows, manifest), int(20 * columns * size)), fontsize="small")
    return fig


def _panel(ax: Axes, rows: pd.DataFrame, manifest: dict) -> None:
    """Draw the lines of one track and metric, side by side so that their bars can be seen."""
    percents = rows["percent"].unique()
    styles = {
        m: look for m, look in style.line_styles(manifest).items() if m in set(rows["method"])
    }
    # beside each other, but near their rate however far apart the rates are
    gap = min(np.diff(percents).min(), 10) if len(percents) > 1 else 1
    sides = np.linspace(-0.25, 0.25, len(styles)) * gap if len(styles) > 1 else [0]
    for side, (method, look) in zip(sides, styles.items(), strict=True):
        mine = rows[rows["method"] == method]
        x = mine["percent"] + side
        ax.plot(x, mine["mean"], **look, linewidth=0.9, markersize=3, gid=method)
        ax.vlines(
            x, mine["min"], mine["max"], colors=look["color"], linewidth=0.8, gid=f"seeds {method}"
        )
    ax.set_xticks(percents)
    ax.grid(axis="y", color="#E4E4E4", linewidth=0.5)
    ax.set_axisbelow(True)


def _same_scale(axes: list[Axes]) -> None:
    """Give the panels of one metric the same limits: what is as high is as good on each track.

    Not those of a metric without bounds, such as the number of clusters.
    """
    for metric in {ax.get_gid().split()[0] for ax in axes}:
        if all_metrics()[metric].high is None:
            continue
        same = [ax for ax in axes if ax.get_gid().split()[0] == metric]
        lows, highs = zip(*(ax.get_ylim() for ax in same), strict=True)
        for ax in same:
            ax.set_ylim(min(lows), max(highs))


def _legend(fig: mpl.figure.Figure, there: set[str], manifest: dict) -> None:
    handles = [
        mpl.lines.Line2D(
            [], [], **look, linewidth=0.9, markersize=4, label=title(manifest["methods"], method)
        )
        for method, look in style.line_styles(manifest).items()
        if method in there
    ]
    fig.legend(handles=handles, loc="outside right upper")


def _below(rows: pd.DataFrame, manifest: dict) -> str:
    """Return what the marks mean and which runs have no score."""
    lost = {}
    for row in rows.itertuples():
        for status in lost_runs(row.lost):
            name = f"{title(manifest['methods'], row.method)} {status_words(status)}"
            lost.setdefault(name, {})[f"{row.percent}"] = None
    words = "Line: mean over seeds. Bar: from the lowest to the highest seed."
    if lost:
        runs = (f"{name} at {', '.join(percents)} %" for name, percents in lost.items())
        words += f" Runs without a score: {'; '.join(runs)}."
    return words
