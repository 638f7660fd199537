"""Fig. 2A: ARI and NMI of every method on every dataset, each track in axes of its own."""

from textwrap import fill

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from clear.benchmark.figures import marks, style
from clear.benchmark.figures.figure import Figure
from clear.benchmark.figures.tracks import of_task
from clear.benchmark.metrics.metric import all_metrics
from clear.benchmark.tasks.clustering import TASK
from clear.benchmark.tsv import rows_where
from clear.benchmark.vocabulary import (
    ESTIMATED_K,
    GIVEN_K,
    NONE,
    OWN_K,
    RECIPES,
    STANDARD,
    STATUSES,
    TRACKS,
    title,
)

FIGURE = Figure(
    id="fig2a",
    title="Clustering (Fig. 2A)",
    caption="ARI and NMI of every method on every dataset. Points are seeds, lines their means, "
    "letters in a grey strip runs without a score. With the true number of types given, "
    "embeddings are clustered by k-means, and methods that were told the number may cluster by "
    "themselves; with the number estimated, embeddings are clustered by Leiden at resolution 0.5; "
    "own clusters are those of methods that choose their number themselves.",
    per=("recipe",),
    reads=("scores", "statistics", "manifest"),
    order=10,
    category="Clustering",
)

DRAWN_METRICS = ("ari", "nmi")
DRAWN_TRACKS = (GIVEN_K, ESTIMATED_K, OWN_K)
EVERY = "*"  # track of a run that is lost as a whole


def draw(
    scores: pd.DataFrame, statistics: pd.DataFrame, manifest: dict, recipe: str
) -> mpl.figure.Figure:
    """Draw Fig. 2A.

    Returns
    -------
    matplotlib.figure.Figure
        One axes per metric and track, with a ``gid`` such as ``ari given_k``. Every seed is a
        point, a short line marks the mean, a letter marks runs that gave no score. A track on
        which no method of the run is scored is left out.
    """
    manifest = of_task(manifest, TASK)
    shown = {"recipe": recipe, "perturbation": NONE, "task": TASK.id}
    scores, statistics = (rows_where(table, **shown) for table in (scores, statistics))
    scores = scores[scores["method"].isin(manifest["methods"])]
    lost = scores[scores["status"] != "ok"].fillna({"track": EVERY})
    drawn = scores[scores["metric"].isin(DRAWN_METRICS)]
    served = {
        t: {m for m, c in manifest["methods"].items() if t in TASK.served(c)} for t in DRAWN_TRACKS
    }
    tracks = [track for track in DRAWN_TRACKS if served[track]]
    datasets = len(manifest["datasets"])
    if not datasets or not tracks:
        return style.words("No dataset, or no method, of this run is for clustering.")
    slots = datasets * marks.group_width(manifest)
    # Side by side while every method keeps a readable slot, else one track under the other.
    stacked = slots > 40 or datasets > 6
    beside = 1 if stacked else len(tracks)
    narrow = max(6.5, 0.11 * slots + 0.9, 0.9 * datasets)
    width = narrow if stacked else beside * max(4.5, 0.165 * slots)
    slot = width * 72 * (0.93 if stacked else 0.9 / beside) / slots  # points
    floor = min(0, drawn["value"].min()) if drawn["value"].notna().any() else 0
    with style.look(scale=float(np.clip(width / 11, 1, 1.5))):
        fig = style.new_figure(width, 5 * len(tracks) if stacked else 5)
        rows = len(DRAWN_METRICS) * len(tracks) // beside
        grid = fig.subplots(rows, beside, squeeze=False).T.ravel()
        pairs = [(metric, track) for track in tracks for metric in DRAWN_METRICS]
        for ax, (metric, track) in zip(grid, pairs, strict=True):
            ax.set_gid(f"{metric} {track}")
            here = {"metric": metric, "track": track}
            seeds, means = (rows_where(table, **here) for table in (drawn, statistics))
            marks.draw_seeds(ax, seeds.dropna(subset="value"), manifest, slot)
            marks.draw_means(ax, means.dropna(subset="mean"), manifest, slot)
            gone = lost[lost["track"].isin([track, EVERY])]
            marks.draw_letters(ax, gone, served[track], manifest, slot, floor)
            lowest = metric == DRAWN_METRICS[-1] and (not stacked or track == tracks[-1])
            _label(ax, manifest, metric, track, slot, lowest)
        _legend(fig, set(lost["status"]), manifest, width, recipe)
    return fig


def _label(ax: Axes, manifest: dict, metric: str, track: str, slot: float, lowest: bool) -> None:
    """Name axes and datasets; separate the datasets by thin lines."""
    group, datasets = marks.group_width(manifest), list(manifest["datasets"])
    ax.set_xlim(0, group * len(datasets))
    ax.set_yticks(np.linspace(0, 1, 6))
    ax.grid(axis="y", color="#E4E4E4", linewidth=0.5)
    ax.set_axisbelow(True)
    for i in range(1, len(datasets)):
        ax.axvline(i * group, color="#BBBBBB", linewidth=0.5, zorder=0)
    ax.tick_params(axis="x", length=0)
    ax.set_xticks([(i + 0.5) * group for i in range(len(datasets))])
    characters = max(7, int(group * slot / (0.6 * mpl.rcParams["font.size"])))
    names = [fill(title(manifest["datasets"], name), characters) for name in datasets]
    ax.set_xticklabels(names if lowest else [])
    ax.set_ylabel(all_metrics()[metric].title)
    if metric == DRAWN_METRICS[0]:
        words = TRACKS[track]
        ax.set_title(f"{words[0].upper()}{words[1:]}", loc="left", fontweight="bold")


def _legend(
    fig: mpl.figure.Figure, statuses: set[str], manifest: dict, width: float, recipe: str
) -> None:
    """Put a recipe that is not the standard one and methods above, what marks mean below."""
    handles = [
        Line2D([], [], linestyle="", markersize=5, label=title(manifest["methods"], name), **look)
        for name, look in style.method_styles(manifest).items()
    ]
    style.legend_above(
        fig,
        handles,
        title=None if recipe == STANDARD else f"Preparation: {RECIPES[recipe]}",
        title_fontproperties={"weight": "bold"},
    )
    text = "Point: one seed. Line: mean over seeds."
    found = [status for status in STATUSES if status in statuses]
    if found:
        meanings = ", ".join(f"{letter} {words}" for letter, words in map(STATUSES.get, found))
        text += f" Letter in the grey strip: runs without a score ({meanings})."
    characters = int(width * 72 / (0.5 * mpl.rcParams["font.size"]))
    fig.supxlabel(fill(text, characters), fontsize="small")
