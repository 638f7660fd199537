"""Fig. S13: the scan of Leiden's resolution on the way to the turning point of Fig. 2C."""

import matplotlib as mpl
import pandas as pd

from clear.benchmark.figures import resolutions, style
from clear.benchmark.figures.figure import Figure
from clear.benchmark.figures.first_seed import first_runs, of_first
from clear.benchmark.vocabulary import no_embedding, title, with_recipe

FIGURE = Figure(
    id="figs13",
    title="Fig. S13: scan of the resolution, {dataset}",
    caption="Number of clusters that Leiden finds in {dataset} and their ARI, at every resolution "
    "that was looked at for Fig. 2C: in steps of 0.01 from where Leiden overclusters, the first of "
    "0.5, 1, 2, 4, ... 32 with at least 1.5 times as many clusters as published types (horizontal "
    "line), down to the first with fewer clusters than types, or to 0.01. A line therefore starts "
    "at one of these powers of two. Mark: the turning point, the last with as many clusters as "
    "types or more; none where Leiden overclusters at none of them. First seed.",
    per=("dataset", "recipe"),
    reads=("scan", "runs", "prepare", "manifest"),
    order=13,
    category="Clustering",
    close_up=True,
)


def draw(
    scan: pd.DataFrame,
    runs: pd.DataFrame,
    prepare: dict,
    manifest: dict,
    dataset: str,
    recipe: str,
) -> mpl.figure.Figure:
    """Draw a line for each method of the setting ``close_up``, with a mark at its turning point.

    Parameters
    ----------
    scan
        The table ``scan.tsv`` (:func:`clear.benchmark.tasks.turning_point.scans`).
    runs
        The table ``runs.tsv``; it says why a method has no line.
    prepare
        ``prepare.json`` of the dataset, for the number of types.
    manifest
        The content of ``run.json``.
    dataset, recipe
        What to draw.
    """
    heading = with_recipe(title(manifest["datasets"], dataset), recipe)
    first = first_runs(runs, dataset, recipe)
    scan = of_first(scan, first)
    if scan.empty:
        return style.words(f"{heading}: no embedding was clustered by Leiden.")
    fig = resolutions.draw(
        scan, len(prepare["types"]), manifest, heading, linewidth=1, markersize=3, markevery=25
    )
    styles = style.method_styles(manifest)
    for turning in scan[scan["turning_point"].astype(bool)].to_dict("records"):
        look = styles[turning["method"]]
        for ax in fig.axes:
            ax.plot(
                turning["resolution"], turning[ax.get_gid()], markersize=7,
                markeredgecolor="white", gid=f"turning {turning['method']}", **look,
            )  # fmt: skip
    without = [
        f"{title(manifest['methods'], name)} ({no_embedding(first['status'][name])})"
        for name in manifest["config"]["close_up"]["methods"]
        if name not in set(scan["method"])
    ]
    if without:
        fig.supxlabel(f"Without a line: {', '.join(without)}.", fontsize="small")
    return fig
