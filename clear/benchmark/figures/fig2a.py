"""Fig. 2A: ARI and NMI of every method on every dataset, each track in axes of its own."""

import math
from textwrap import fill

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from clear.benchmark.figures import style
from clear.benchmark.figures.figure import Figure
from clear.benchmark.metrics.metric import all_metrics
from clear.benchmark.statistics.scores import check_scores, clustering_rows
from clear.benchmark.tasks.clustering import TASK
from clear.benchmark.vocabulary import (
    RECIPES,
    STANDARD,
    STATUSES,
    TRACKS,
    status_letter,
    title,
)

FIGURE = Figure(
    id="fig2a",
    title="Clustering (Fig. 2A)",
    caption="ARI and NMI of every method on every dataset. Points are seeds, lines their means, "
    "letters in the grey strip runs without a score. With the true number of types given, "
    "embeddings are clustered by k-means; with the number estimated, by the method itself or by "
    "Leiden.",
    per=("recipe",),
    reads=("scores", "manifest"),
    order=10,
    category="Clustering",
)

DRAWN_METRICS = ("ari", "nmi")
DRAWN_TRACKS = ("given_k", "estimated_k")
GAP = 1.5  # between datasets, in slots of one method
STRIP = 0.12  # height of the strip for runs without a score, in units of the metric


def draw(scores: pd.DataFrame, manifest: dict, recipe: str) -> mpl.figure.Figure:
    """Draw Fig. 2A.

    Parameters
    ----------
    scores
        The table ``scores.tsv``.
    manifest
        The content of ``run.json``: datasets and methods with their cards, in drawing order.
    recipe
        The recipe of the datasets to draw; they are never mixed.

    Returns
    -------
    matplotlib.figure.Figure
        One axes per metric and track, with a ``gid`` such as ``ari given_k``. Every seed is a
        point, a short line marks the mean, a letter marks runs that gave no score.

    Raises
    ------
    ClearError
        For an unknown status or metric, or what the manifest does not list.
    """
    check_scores(scores, manifest)
    scores = clustering_rows(scores, recipe)
    datasets = len(manifest["datasets"])
    slots = datasets * _group(manifest)
    # Side by side while every method keeps a readable slot, else one track under the other.
    stacked = slots > 40 or datasets > 6
    width = max(6.5, 0.11 * slots + 0.9, 0.9 * datasets) if stacked else max(6.5, 0.33 * slots)
    slot = width * 72 * (0.93 if stacked else 0.45) / slots  # points
    with style.look(scale=float(np.clip(width / 11, 1, 1.5))):
        fig = style.new_figure(width, 10 if stacked else 5)
        grid = fig.subplots(4, 1) if stacked else fig.subplots(2, 2).T.ravel()
        pairs = [(metric, track) for track in DRAWN_TRACKS for metric in DRAWN_METRICS]
        for ax, (metric, track) in zip(grid, pairs, strict=True):
            ax.set_gid(f"{metric} {track}")
            rows = scores[(scores["metric"] == metric) & (scores["track"] == track)]
            _draw_runs(ax, rows.dropna(subset="value"), manifest, slot)
            _draw_failures(ax, scores, manifest, track, slot)
            lowest = metric == DRAWN_METRICS[-1] and (not stacked or track == DRAWN_TRACKS[-1])
            _label(ax, manifest, metric, track, slot, lowest)
        _legend(fig, scores, manifest, width, recipe)
    return fig


def _group(manifest: dict) -> float:
    """Width of a dataset's group in slots: one slot per method and a gap."""
    return len(manifest["methods"]) + GAP


def _draw_runs(ax: Axes, rows: pd.DataFrame, manifest: dict, slot: float) -> None:
    """Draw the scores of one metric on one track: seeds side by side within a method's slot."""
    size = np.clip(0.5 * slot, 2, 5) ** 2
    half = min(0.42, 8 / slot)  # of the mean's line, at most 8 points
    for j, (method, look) in enumerate(style.method_styles(manifest).items()):
        x, y, means = [], [], []
        for i, dataset in enumerate(manifest["datasets"]):
            mine = rows[(rows["dataset"] == dataset) & (rows["method"] == method)]
            values = mine.sort_values("seed")["value"].to_numpy(float)
            centre = i * _group(manifest) + GAP / 2 + j + 0.5
            if len(values):
                spread = 0.5 * half if len(values) > 1 else 0
                x.extend(centre + np.linspace(-spread, spread, len(values)))
                y.extend(values)
                means.append((centre, values.mean()))
        ax.scatter(x, y, s=size, linewidths=0, alpha=0.75, gid=f"seeds {method}", **look)
        for centre, mean in means:
            ax.plot(
                [centre - half, centre + half],
                [mean, mean],
                color="#1A1A1A",
                linewidth=0.9,
                solid_capstyle="butt",
                gid=f"mean {method}",
            )


def _draw_failures(ax: Axes, scores: pd.DataFrame, manifest: dict, track: str, slot: float) -> None:
    """Mark with a letter, in a strip under the scores, runs that gave no score on this track."""
    lost = scores[scores["status"] != "ok"]
    floor = min(0, scores.loc[scores["metric"].isin(DRAWN_METRICS), "value"].min(skipna=True))
    floor = (0 if np.isnan(floor) else floor) - 0.03
    ax.set_ylim(floor - (STRIP if len(lost) else 0), 1.03)
    if len(lost):
        ax.axhspan(floor - STRIP, floor, color="#F2F2F2", linewidth=0, zorder=0)
    for j, method in enumerate(style.method_styles(manifest)):
        if track not in TASK.served(manifest["methods"][method]):
            continue
        for i, dataset in enumerate(manifest["datasets"]):
            mine = lost[(lost["dataset"] == dataset) & (lost["method"] == method)]
            found = [status for status in STATUSES if status in set(mine["status"])]
            if found:
                ax.text(
                    i * _group(manifest) + GAP / 2 + j + 0.5,
                    floor - STRIP / 2,
                    "\n".join(map(status_letter, found)),
                    fontsize=np.clip(1.1 * slot, 4.5, 8) / (1 if len(found) == 1 else 1.4),
                    linespacing=0.9,
                    color="#333333",
                    ha="center",
                    va="center",
                    gid=f"{' '.join(found)} {dataset} {method}",
                )


def _label(ax: Axes, manifest: dict, metric: str, track: str, slot: float, lowest: bool) -> None:
    """Name axes and datasets; separate the datasets by thin lines."""
    group, datasets = _group(manifest), list(manifest["datasets"])
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
        ax.set_title(TRACKS[track].capitalize(), loc="left", fontweight="bold")


def _legend(
    fig: mpl.figure.Figure, scores: pd.DataFrame, manifest: dict, width: float, recipe: str
) -> None:
    """Put a recipe that is not the standard one and methods above, what marks mean below."""
    handles = [
        Line2D([], [], linestyle="", markersize=5, label=title(manifest["methods"], name), **look)
        for name, look in style.method_styles(manifest).items()
    ]
    rows = math.ceil(len(handles) / int(width / 1.4))
    columns = math.ceil(len(handles) / rows)
    fig.legend(
        handles=handles,
        loc="outside upper center",
        ncols=columns,
        columnspacing=1.2,
        title=None if recipe == STANDARD else f"Preparation: {RECIPES[recipe]}",
        title_fontproperties={"weight": "bold"},
    )
    text = "Point: one seed. Line: mean over seeds."
    found = [status for status in STATUSES if status in set(scores["status"])]
    if found:
        meanings = ", ".join(f"{letter} {words}" for letter, words in map(STATUSES.get, found))
        text += f" Letter in the grey strip: runs without a score ({meanings})."
    characters = int(width * 72 / (0.5 * mpl.rcParams["font.size"]))
    fig.supxlabel(fill(text, characters), fontsize="small")
