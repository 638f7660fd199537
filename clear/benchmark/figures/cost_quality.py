"""Runtime and peak memory against quality, both in comparison with CLEAR."""

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from clear.benchmark.figures import style
from clear.benchmark.figures.figure import Figure
from clear.benchmark.figures.tracks import DRAWN_TRACKS, GRID, LINE, heading, ranked
from clear.benchmark.statistics.ranks import ALL
from clear.benchmark.tsv import rows_where
from clear.benchmark.vocabulary import NONE, title, with_recipe

FIGURE = Figure(
    id="cost_quality",
    title="Time and memory against quality",
    caption="Wall time and peak memory of each method as a multiple of those of CLEAR (the "
    "preset of the paper where it was run), geometric mean over the datasets on which "
    "both succeeded; at the axis those of CLEAR over all its datasets. Against them the mean "
    "difference in ARI over the datasets on which neither was tuned, with its 95 % interval "
    "where there are six. Times are of the machines and devices of this run, with a GPU or "
    "without, and of runs side by side. Upper left: better and cheaper.",
    per=("recipe",),
    reads=("differences", "relative_costs", "manifest"),
    order=17,
    category="Statistics",
)

COSTS = {"wall_s": "Wall time", "peak_memory_mb": "Peak memory"}


def draw(
    differences: pd.DataFrame, relative_costs: pd.DataFrame, manifest: dict, recipe: str
) -> mpl.figure.Figure:
    """Draw a row of panels per track, with ``gid`` such as ``wall_s given_k``."""
    rows = ranked(differences, recipe, dataset=ALL).dropna(subset="difference")
    costs = rows_where(relative_costs, recipe=recipe, perturbation=NONE)
    rows = rows.merge(costs.drop(columns="datasets"), on=["reference", "method"])
    rows = rows[rows["track"].isin(DRAWN_TRACKS)]
    if rows.empty:
        return style.words("No method has scores and costs on a dataset of a preset of CLEAR.")
    reference = rows["reference"].iloc[0]
    rows = rows[rows["reference"] == reference]
    tracks = [track for track in DRAWN_TRACKS if track in set(rows["track"])]
    name = title(manifest["methods"], reference)
    with style.look():
        height = max(3.0 * len(tracks), 0.6 + 0.17 * rows["method"].nunique())
        fig = style.new_figure(9, height + 0.4)
        grid = fig.subplots(len(tracks), 2, squeeze=False, sharex="col", sharey="row")
        for line, track in zip(grid, tracks, strict=True):
            for ax, cost in zip(line, COSTS, strict=True):
                ax.set_gid(f"{cost} {track}")
                _panel(ax, rows_where(rows, track=track), cost, reference, manifest)
            line[0].set_ylabel(f"ARI minus that of {name}")
            line[0].set_title(heading(track), loc="left", fontweight="bold")
        first = rows.iloc[0]
        own = (f"{first['reference_wall_s']:.0f} s", f"{first['reference_peak_memory_mb']:.0f} MiB")
        for ax, label, amount in zip(grid[-1], COSTS.values(), own, strict=True):
            ax.set_xlabel(f"{label}, multiple of {name}'s {amount}")
        handles, labels = grid[0][0].get_legend_handles_labels()
        found = dict(zip(labels, handles, strict=True))
        for line in grid[1:]:
            found |= dict(zip(*reversed(line[0].get_legend_handles_labels()), strict=True))
        fig.legend(found.values(), found.keys(), loc="outside right upper")
        if with_recipe("", recipe):
            fig.suptitle(with_recipe("Time and memory", recipe), x=0.005, ha="left")
    return fig


def _panel(ax: Axes, rows: pd.DataFrame, cost: str, reference: str, manifest: dict) -> None:
    ax.set_xscale("log")
    ax.axhline(0, color=LINE, linewidth=0.8, zorder=1)
    ax.axvline(1, color=LINE, linewidth=0.8, zorder=1)
    ax.grid(color=GRID, linewidth=0.5)
    ax.set_axisbelow(True)
    for method, look in style.method_styles(manifest).items():
        mine = rows[rows["method"] == method].dropna(subset=cost)
        label = title(manifest["methods"], method)
        if method == reference:
            ax.plot(1, 0, markersize=7, linestyle="", label=label, gid=method, **look)
        for row in mine.to_dict("records"):
            x, y = row[cost], row["difference"]
            if not pd.isna(row["low"]):
                ax.plot(
                    [x, x], [row["low"], row["high"]], color=look["color"], linewidth=0.8, alpha=0.5
                )
            ax.plot(x, y, markersize=5, linestyle="", label=label, gid=method, **look)
    ax.xaxis.set_major_locator(LogLocator(subs=(1, 3) if len(rows) else (1,)))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}\N{MULTIPLICATION SIGN}"))
    ax.xaxis.set_minor_formatter(NullFormatter())
