"""Dot plot: a row for each of several changes, a dot for each dataset."""

import math
from collections.abc import Iterable
from textwrap import shorten

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from clear.benchmark.figures import style
from clear.benchmark.statistics.ranks import ALL
from clear.benchmark.tsv import rows_where
from clear.benchmark.vocabulary import ESTIMATED_K, GIVEN_K, NONE, TRACKS, title

DRAWN_TRACKS = (GIVEN_K, ESTIMATED_K)
ROW = 0.34  # inches
LANE = 0.2  # most height that a dataset has in a row

LINE = "#7F7F7F"
MARKERS = (*style.METHOD_MARKERS, ">", "<")


def rows(ablation: pd.DataFrame, recipe: str, design: str, value: str) -> pd.DataFrame:
    """Return the ARI rows of one design of an ablation as :func:`draw` takes them."""
    found = rows_where(ablation, recipe=recipe, perturbation=NONE, metric="ari", design=design)
    found = found[found["track"].isin(DRAWN_TRACKS)].rename(columns={"towards": "heading"})
    found["change"] = (
        found["change"].fillna("").map(lambda text: shorten(text, 60, placeholder=" ..."))
    )
    found = found.assign(value=found[value], error=found[f"{value}_error"])
    return found.dropna(subset="value").fillna({"heading": ""})


def draw(
    rows: pd.DataFrame, manifest: dict, axis: str, lines: dict[str, float], line_label: str
) -> mpl.figure.Figure:
    """Draw one panel per track.

    Parameters
    ----------
    rows
        In drawing order, top first: ``label`` of the row (equal labels are one row), ``heading``
        of the group it belongs to, ``track``, ``dataset`` (:data:`ALL`: the mean over datasets),
        ``value`` and ``error`` (standard error over seeds, may be NaN).
    manifest
        The content of ``run.json``; its datasets are in the order of colours and lanes.
    axis
        Name of the axis; the track is added.
    lines
        Where each track has a vertical line: no difference, or what needs no training.
    line_label
        What the line is.

    Returns
    -------
    matplotlib.figure.Figure
        Panels with the track as ``gid``.
    """
    cards = manifest["datasets"]
    places = rows.drop_duplicates(["heading", "label"])[["heading", "label"]]
    places = places.reset_index(drop=True)
    with style.look():
        fig = style.new_figure(3.0 + 2.9 * len(DRAWN_TRACKS), 1.2 + ROW * len(places))
        axes = fig.subplots(1, len(DRAWN_TRACKS), sharex=True, sharey=True)
        for ax, track in zip(axes, DRAWN_TRACKS, strict=True):
            ax.set_gid(track)
            _panel(ax, rows_where(rows, track=track), places, list(cards))
            ax.set_xlabel(f"{axis}, {TRACKS[track]}")
            ax.xaxis.set_major_locator(MaxNLocator(6))
            ax.axvline(lines[track], color=LINE, linewidth=0.8, zorder=1)
        axes[0].set_yticks(range(len(places)), places["label"])
        axes[0].set_ylim(len(places) - 0.5, -0.5)
        _name_groups(axes[-1], places["heading"])
        _legend(
            fig, {title(cards, name): look for name, look in _styles(cards).items()}, line_label
        )
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
            mark = {"markersize": 4, "markeredgewidth": 0.9, "zorder": 3, "gid": f"dot {dataset}"}
            ax.plot(row.value, y, **look, **mark)
    for row in rows[rows["dataset"] == ALL].itertuples():
        y = heights[row.heading, row.label]
        ax.plot(
            [row.value] * 2, [y - 0.45, y + 0.45], color="#1A1A1A", linewidth=1.3, zorder=2,
            solid_capstyle="butt", gid="mean",
        )  # fmt: skip


def _styles(datasets: Iterable[str]) -> dict[str, dict]:
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


def _legend(fig: mpl.figure.Figure, looks: dict[str, dict], line_label: str) -> None:
    handles = [
        Line2D([], [], linestyle="", markersize=4, label=name, **look)
        for name, look in looks.items()
    ]
    handles += [
        Line2D([], [], color="#1A1A1A", linewidth=1.3, label="mean over datasets"),
        Line2D([], [], color=LINE, linewidth=0.8, label=line_label),
    ]
    fig.legend(
        handles=handles, loc="outside upper center", ncols=min(math.ceil(len(handles) / 2), 5)
    )
