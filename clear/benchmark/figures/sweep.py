"""Leiden over a sweep of resolutions: ARI, and the number of clusters beside the true one."""

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, NullLocator

from clear.benchmark.figures import style
from clear.benchmark.figures.figure import Figure
from clear.benchmark.metrics.metric import all_metrics
from clear.benchmark.tasks.clustering import CURVE, RESOLUTION, TASK
from clear.benchmark.tsv import rows_where
from clear.benchmark.vocabulary import NONE, title, with_recipe

FIGURE = Figure(
    id="sweep",
    title="Leiden at every resolution: {dataset}",
    caption="ARI of Leiden on the graph of each embedding of {dataset} against the resolution, and "
    "the number of clusters that it finds. Points are means over seeds. Vertical line: the "
    "resolution of the track with the number of clusters estimated. Horizontal line: the number of "
    "published types. The labels control is what an embedding that knows the types reaches.",
    per=("dataset", "recipe"),
    reads=("statistics", "prepare", "manifest"),
    order=12,
    category="Clustering",
)

LINE = "#7F7F7F"
DRAWN_METRICS = ("ari", "n_clusters")


def draw(
    statistics: pd.DataFrame, prepare: dict, manifest: dict, dataset: str, recipe: str
) -> mpl.figure.Figure:
    """Draw two panels, whose ``gid`` is the metric, with a line for each method.

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
    rows = rows_where(
        statistics, dataset=dataset, recipe=recipe, perturbation=NONE, task=TASK.id
    ).dropna(subset="mean")
    rows = rows[rows["track"].isin(CURVE)]
    heading = with_recipe(title(manifest["datasets"], dataset), recipe)
    if rows.empty:
        return style.words(f"{heading}: no embedding was clustered by Leiden.")
    rows = rows.assign(resolution=rows["track"].map(CURVE)).sort_values("resolution")
    with style.look():
        fig = style.new_figure(7.5, max(3.4, 0.6 + 0.17 * rows["method"].nunique()))
        for ax, metric in zip(fig.subplots(1, 2), DRAWN_METRICS, strict=True):
            ax.set_gid(metric)
            _panel(ax, rows_where(rows, metric=metric), manifest)
            ax.set(xlabel="Resolution of Leiden", ylabel=all_metrics()[metric].title)
        ax.set_yscale("log")
        ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        ax.yaxis.set_major_formatter("{x:g}")
        ax.yaxis.set_minor_locator(NullLocator())
        ax.axhline(len(prepare["types"]), color=LINE, linewidth=0.8, zorder=1, gid="types")
        handles, names = ax.get_legend_handles_labels()
        fig.legend(handles, names, loc="outside right upper")
        fig.suptitle(heading, x=0.005, ha="left", fontweight="bold")
    return fig


def _panel(ax: Axes, rows: pd.DataFrame, manifest: dict) -> None:
    ax.axvline(RESOLUTION, color=LINE, linewidth=0.8, zorder=1)
    ax.grid(axis="y", color="#E4E4E4", linewidth=0.5)
    ax.set_axisbelow(True)
    for method, look in style.method_styles(manifest).items():
        mine = rows[rows["method"] == method]
        if len(mine):
            name = title(manifest["methods"], method)
            shape = {"linewidth": 1, "markersize": 2.5, "label": name, "gid": method}
            ax.plot(mine["resolution"], mine["mean"], **look, **shape)
