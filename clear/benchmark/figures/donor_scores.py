"""What Figs. 5G and 5H share: scores of gene lists in donors, with tests between statuses."""

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from clear.benchmark.figures import study, style
from clear.benchmark.tsv import rows_where

SIZE = 2.3, 2.6  # inches of a panel
NO_DONOR = "No donor has ten cells of the type"
STEP = 0.13  # between two brackets, of the range of the scores


def draw_lists(
    list_scores: pd.DataFrame, score_tests: pd.DataFrame, card: dict, lists: tuple[str, ...]
) -> mpl.figure.Figure:
    """Draw a row per list and a panel per type: a dot per donor, and a bracket per test."""
    scores = list_scores.dropna(subset=["score"])
    kinds = [kind for kind in card["focus"] if kind in set(scores["type"])]
    if not kinds:
        return style.words(f"{NO_DONOR} {' or '.join(card['focus'])}.")
    there = tuple(name for name in lists if name in set(scores["list"]))
    if not there:
        return study.no_lists(lists)
    with style.look():
        fig = style.new_figure(SIZE[0] * len(kinds) + 0.4, SIZE[1] * len(there))
        axes = fig.subplots(len(there), len(kinds), squeeze=False)
        for row, name in zip(axes, there, strict=True):
            for ax, kind in zip(row, kinds, strict=True):
                shown = {"list": name, "type": kind}
                ax.set_gid(f"{name} {kind}")
                _panel(ax, rows_where(scores, **shown), rows_where(score_tests, **shown), card)
                ax.set_title(f"{name}, {kind}")
            row[0].set_ylabel(f"{name} score")
        study.say_absent(fig, card, kinds, NO_DONOR)
    return fig


def _panel(ax: Axes, scores: pd.DataFrame, tests: pd.DataFrame, card: dict) -> None:
    colours, statuses = study.status_colours(card), card["statuses"]
    for place, status in enumerate(statuses):
        values = scores.loc[scores["status"] == status, "score"].to_numpy()
        if len(values) > 2:
            ax.boxplot(
                values, positions=[place], widths=0.5, showfliers=False,
                medianprops={"color": "black"}, boxprops={"color": "#888888"},
                whiskerprops={"color": "#888888"}, capprops={"color": "#888888"},
            )  # fmt: skip
        spread = place + 0.12 * np.linspace(-1, 1, len(values)) if len(values) > 1 else [place]
        ax.scatter(spread[: len(values)], values, s=14, color=colours[status], zorder=3)
    numbers = scores["status"].value_counts()
    labels = [f"{status}\n(n = {numbers.get(status, 0)})" for status in statuses]
    ax.set_xticks(range(len(statuses)), labels, fontsize=6.5)
    ax.set_xlim(-0.6, len(statuses) - 0.4)
    _brackets(ax, scores["score"], tests, statuses)


def _brackets(ax: Axes, scores: pd.Series, tests: pd.DataFrame, statuses: list[str]) -> None:
    low, high = scores.min(), scores.max()
    height = (high - low) or 1.0
    tested = tests.dropna(subset=["q"])
    for number, test in enumerate(tested.itertuples(), start=1):
        ends = sorted(statuses.index(status) for status in (test.status, test.reference))
        y = high + STEP * height * number
        ax.plot([ends[0] + 0.05, ends[1] - 0.05], [y, y], color="#444444", linewidth=0.7)
        ax.text(
            np.mean(ends), y, f"q = {test.q:.2g}", ha="center", va="bottom", fontsize=6,
            fontweight="bold" if test.q < 0.05 else "normal",
        )  # fmt: skip
    reasons = tests.loc[tests["q"].isna(), "reason"].dropna().unique()
    lines = len(tested) + len(reasons) + 1
    ax.set_ylim(low - 0.08 * height, high + STEP * height * lines)
    if len(reasons):
        ax.text(
            0.5, 0.99, "\n".join(reasons), transform=ax.transAxes, ha="center", va="top",
            fontsize=5.5, color="#666666",
        )  # fmt: skip
