"""Leiden over a sweep of resolutions: ARI, and the number of clusters beside the true one."""

import matplotlib as mpl
import pandas as pd

from clear.benchmark.figures import resolutions, style
from clear.benchmark.figures.figure import Figure
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
    task="clustering",
    reads=("statistics", "prepare", "manifest"),
    order=12,
    category="Clustering",
)


def draw(
    statistics: pd.DataFrame, prepare: dict, manifest: dict, dataset: str, recipe: str
) -> mpl.figure.Figure:
    """Draw a line for each method through its means (:func:`.resolutions.draw`).

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
    rows = rows.pivot(index=["method", "track"], columns="metric", values="mean").reset_index()
    rows["resolution"] = rows["track"].map(CURVE)
    look = {"linewidth": 1, "markersize": 2.5}
    fig = resolutions.draw(rows, len(prepare["types"]), manifest, heading, **look)
    for ax in fig.axes:
        ax.axvline(RESOLUTION, color=resolutions.LINE, linewidth=0.8, zorder=1)
    return fig
