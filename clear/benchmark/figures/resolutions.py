"""Lines of ARI and of the number of clusters against Leiden's resolution."""

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, NullLocator

from clear.benchmark.figures import style
from clear.benchmark.metrics.metric import all_metrics
from clear.benchmark.vocabulary import title

LINE = "#7F7F7F"
DRAWN_METRICS = ("ari", "n_clusters")


def draw(
    rows: pd.DataFrame, n_types: int, manifest: dict, heading: str, **line
) -> mpl.figure.Figure:
    """Draw two panels, whose ``gid`` is the metric, with a line for each method.

    Parameters
    ----------
    rows
        ``method``, ``resolution``, and a column for each of the two metrics.
    n_types
        Number of published types, a horizontal line.
    manifest
        The content of ``run.json``.
    heading
        What is shown.
    **line
        Looks of the lines, as matplotlib's ``plot`` takes them.
    """
    rows = rows.sort_values("resolution")
    with style.look():
        fig = style.new_figure(7.5, max(3.4, 0.6 + 0.17 * rows["method"].nunique()))
        axes = fig.subplots(1, 2)
        for ax, metric in zip(axes, DRAWN_METRICS, strict=True):
            ax.set_gid(metric)
            ax.set(xlabel="Resolution of Leiden", ylabel=all_metrics()[metric].title)
            _lines(ax, rows, metric, manifest, line)
        ax.set_yscale("log")
        ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 3, 5)))
        ax.yaxis.set_major_formatter("{x:g}")
        ax.yaxis.set_minor_locator(NullLocator())
        ax.axhline(n_types, color=LINE, linewidth=0.8, zorder=1, gid="types")
        handles, names = ax.get_legend_handles_labels()
        fig.legend(handles, names, loc="outside right upper")
        fig.suptitle(heading, x=0.005, ha="left", fontweight="bold")
    return fig


def _lines(ax: Axes, rows: pd.DataFrame, metric: str, manifest: dict, line: dict) -> None:
    ax.grid(axis="y", color="#E4E4E4", linewidth=0.5)
    ax.set_axisbelow(True)
    for method, look in style.line_styles(manifest).items():
        mine = rows[rows["method"] == method]
        if len(mine):
            label = title(manifest["methods"], method)
            ax.plot(mine["resolution"], mine[metric], label=label, gid=method, **look, **line)
