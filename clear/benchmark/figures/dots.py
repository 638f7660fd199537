"""Dot plot: a row for each of several changes, a dot for each dataset."""

import math
from textwrap import shorten

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from clear.benchmark.figures import style
from clear.benchmark.statistics.ablation import ALL
from clear.benchmark.vocabulary import ESTIMATED_K, GIVEN_K, NONE, title

DRAWN_TRACKS = (GIVEN_K, ESTIMATED_K)
ROW = 0.34  # inches
LANE = 0.2  # most height that a dataset has in a row

LINE = "#7F7F7F"
MARKERS = (*style.METHOD_MARKERS, ">", "<")


def rows(ablation: pd.DataFrame, recipe: str, design: str, value: str) -> pd.DataFrame:
    """Return the ARI rows of one design of an ablation as :func:`draw` takes them.

    Parameters
    ----------
    ablation
        The table ``ablation.tsv``.
    recipe, design
        Which rows.
    value
        Column to draw: ``mean`` or ``difference``.
    """
    chosen = (
        (ablation["recipe"] == recipe)
        & (ablation["perturbation"] == NONE)
        & (ablation["metric"] == "ari")
        & ablation["track"].isin(DRAWN_TRACKS)
        & (ablation["design"] == design)
    )
    found = ablation[chosen].rename(columns={"track": "score", "towards": "heading"})
    found["change"] = found["change"].map(lambda text: shorten(text, 60, placeholder=" ..."))
    return found.assign(value=found[value]).dropna(subset="value").fillna({"heading": ""})


def shown(dataset: str, manifest: dict) -> str:
    """Return the title of a dataset; :data:`ALL` stays."""
    return dataset if dataset == ALL else title(manifest["datasets"], dataset)


def draw(
    rows: pd.DataFrame,
    scores: dict[str, str],
    datasets: list[str],
    lines: dict[str, float],
    line_label: str,
) -> mpl.figure.Figure:
    """Draw one panel per score.

    Parameters
    ----------
    rows
        In drawing order, top first: ``label`` of the row (equal labels are one row), ``heading``
        of the group it belongs to, ``score``, ``dataset`` (``*``: the mean over datasets),
        ``value`` and ``error`` (standard error over seeds, may be NaN).
    scores
        Label of the axis of each score.
    datasets
        In the order of colours and lanes.
    lines
        Where each score has a vertical line: no difference, or what needs no training.
    line_label
        What the line is.

    Returns
    -------
    matplotlib.figure.Figure
        Panels with the score as ``gid``.
    """
    places = rows.drop_duplicates(["heading", "label"])[["heading", "label"]]
    places = places.reset_index(drop=True)
    with style.look():
        size = (3.0 + 2.9 * len(scores), 1.2 + ROW * len(places))
        fig = mpl.figure.Figure(figsize=size, layout="constrained")
        axes = fig.subplots(1, len(scores), sharex=True, sharey=True, squeeze=False)[0]
        for ax, (score, label) in zip(axes, scores.items(), strict=True):
            ax.set_gid(score)
            _panel(ax, rows[rows["score"] == score], places, datasets)
            ax.set_xlabel(label)
            ax.xaxis.set_major_locator(MaxNLocator(6))
            ax.axvline(lines[score], color=LINE, linewidth=0.8, zorder=1)
        axes[0].set_yticks(range(len(places)), places["label"])
        axes[0].set_ylim(len(places) - 0.5, -0.5)
        _name_groups(axes[-1], places["heading"])
        _legend(fig, datasets, line_label)
    return fig


def _panel(ax: Axes, rows: pd.DataFrame, places: pd.DataFrame, datasets: list[str]) -> None:
    heights = {tuple(place): i for i, place in enumerate(places.to_numpy())}
    for i in range(0, len(places), 2):
        ax.axhspan(i - 0.5, i + 0.5, color="#F4F4F4", linewidth=0, zorder=0)
    headings = places["heading"].to_numpy()
    for i in range(1, len(places)):
        if headings[i] != headings[i - 1]:
            ax.axhline(i - 0.5, color="#999999", linewidth=0.6, zorder=1)
    ax.grid(axis="x", color="#DDDDDD", linewidth=0.5)
    ax.set_axisbelow(True)
    ax.tick_params(axis="y", length=0)
    lanes = (np.arange(len(datasets)) - (len(datasets) - 1) / 2) * min(LANE, 0.8 / len(datasets))
    for lane, (dataset, look) in zip(lanes, _styles(datasets).items(), strict=True):
        for row in rows[rows["dataset"] == dataset].itertuples():
            y = heights[row.heading, row.label] + lane
            if not np.isnan(row.error):
                ends = [row.value - row.error, row.value + row.error]
                ax.plot(ends, [y, y], color=look["color"], linewidth=0.8, zorder=2)
            ax.plot(
                row.value,
                y,
                **look,
                markersize=4,
                markeredgewidth=0.9,
                zorder=3,
                gid=f"dot {dataset}",
            )
    for row in rows[rows["dataset"] == ALL].itertuples():
        y = heights[row.heading, row.label]
        ax.plot(
            [row.value] * 2, [y - 0.45, y + 0.45], color="#1A1A1A", linewidth=1.3, zorder=2,
            solid_capstyle="butt", gid="mean",
        )  # fmt: skip


def _styles(datasets: list[str]) -> dict[str, dict]:
    colours, markers = style.METHOD_COLOURS, MARKERS
    return {
        name: {"color": colours[i % len(colours)], "marker": markers[i % len(markers)]}
        for i, name in enumerate(datasets)
    }


def _name_groups(ax: Axes, headings: pd.Series) -> None:
    """Write beside its rows where a group of switches leads."""
    for heading, rows in headings[headings != ""].groupby(headings):
        ax.text(
            1.02, rows.index.to_numpy().mean(), f"to {heading}", rotation=270,
            transform=ax.get_yaxis_transform(), ha="left", va="center",
        )  # fmt: skip


def _legend(fig: mpl.figure.Figure, datasets: list[str], line_label: str) -> None:
    handles = [
        Line2D([], [], linestyle="", markersize=4, label=name, **look)
        for name, look in _styles(datasets).items()
    ]
    handles += [
        Line2D([], [], color="#1A1A1A", linewidth=1.3, label="mean over datasets"),
        Line2D([], [], color=LINE, linewidth=0.8, label=line_label),
    ]
    fig.legend(
        handles=handles, loc="outside upper center", ncols=min(math.ceil(len(handles) / 2), 5)
    )
