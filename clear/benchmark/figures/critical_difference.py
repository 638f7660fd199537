"""Critical-difference diagram: mean ranks of all methods, and which differ by Nemenyi's test."""

from itertools import pairwise

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from clear.benchmark.figures import style
from clear.benchmark.figures.figure import Figure
from clear.benchmark.figures.tracks import DRAWN_TRACKS, INK, heading, ranked
from clear.benchmark.statistics.ranks import ALL
from clear.benchmark.vocabulary import title, with_recipe

FIGURE = Figure(
    id="critical_difference",
    title="Critical differences of mean ranks",
    caption="Mean ranks by ARI of k methods on the N datasets that all of them have and on "
    "which none was tuned; rank 1 is best, ties share their ranks, a failed run counts "
    "as the random control. A method that is compared on less than half of the datasets is not "
    "among the k. Methods under a common bar differ by less than the critical "
    "difference CD of Nemenyi's test at the level .05: no difference was found between "
    "them, which does not show that there is none. With few datasets CD spans most "
    "ranks, and the forest of intervals says more. F and p: Friedman's test with the "
    "correction of Iman and Davenport, whether any methods differ. Mean ranks depend on "
    "which methods take part; the rankings above do not.",
    per=("recipe",),
    reads=("mean_ranks", "manifest"),
    order=15,
    category="Statistics",
)

STEP = 0.17  # inches between the names of two methods


def draw(mean_ranks: pd.DataFrame, manifest: dict, recipe: str) -> mpl.figure.Figure:
    """Draw a panel per track, whose ``gid`` is the track."""
    parts = {track: ranked(mean_ranks, recipe, track=track, dataset=ALL) for track in DRAWN_TRACKS}
    parts = {track: rows for track, rows in parts.items() if len(rows)}
    shown = {track: rows.dropna(subset="mean_rank") for track, rows in parts.items()}
    if not any(map(len, shown.values())):
        reasons = [f"{heading(track)}: {rows['reason'].mode()[0]}" for track, rows in parts.items()]
        return style.words("No critical difference.", "; ".join(reasons))
    bars = {track: _groups(rows) for track, rows in shown.items()}
    sizes = [5 + 0.6 * len(bars[track]) + (len(rows) + 1) // 2 for track, rows in shown.items()]
    with style.look():
        fig = style.new_figure(8, 0.3 * len(sizes) + STEP * sum(sizes))
        axes = fig.subplots(len(shown), 1, squeeze=False, gridspec_kw={"height_ratios": sizes})[
            :, 0
        ]
        for ax, (track, rows), size in zip(axes, shown.items(), sizes, strict=True):
            ax.set_gid(track)
            ax.set_axis_off()
            if rows.empty:
                text = f"{heading(track)}: {parts[track]['reason'].mode()[0]}"
                ax.text(0, 1, text, va="top", transform=ax.transAxes)
                continue
            names = [title(manifest["methods"], name) for name in rows["method"]]
            rows = rows.assign(name=names).sort_values("mean_rank", kind="stable")
            _diagram(ax, rows, bars[track], size)
            first = rows.iloc[0]
            p = "p < .001" if first["p"] < 0.001 else f"p = {first['p']:.3f}"
            text = (
                f"{heading(track)}: N = {first['datasets']:.0f} datasets, k = {len(rows)} methods, "
            )
            text += f"CD = {first['critical_difference']:.2f}; F = {first['f']:.1f}, {p}"
            ax.set_title(text, loc="left", fontweight="bold")
        if with_recipe("", recipe):
            fig.suptitle(with_recipe("Critical differences", recipe), x=0.005, ha="left")
    return fig


def _groups(rows: pd.DataFrame) -> list[tuple[float, float]]:
    """Return the largest ranges of mean ranks within the critical difference, as (best, worst)."""
    if rows.empty:
        return []
    ranks, cd = np.sort(rows["mean_rank"]), rows["critical_difference"].iloc[0]
    spans = [(low, ranks[ranks <= low + cd][-1]) for low in ranks]
    spans = [
        span for before, span in pairwise([(0, 0), *spans]) if span[1] > max(before[1], span[0])
    ]
    return spans


def _diagram(ax: Axes, rows: pd.DataFrame, bars: list[tuple[float, float]], size: float) -> None:
    k, cd = len(rows), rows["critical_difference"].iloc[0]
    margin = 0.45 * (k - 1)
    ax.set_xlim(1 - margin, k + margin)
    ax.set_ylim(size - 3, -3)
    line = {"color": INK, "linewidth": 0.8, "solid_capstyle": "butt"}
    ax.plot([1, k], [0, 0], **line)
    for tick in range(1, k + 1):
        ax.plot([tick, tick], [-0.25, 0], **line)
        ax.text(tick, -0.4, tick, ha="center", va="bottom", fontsize="small")
    end = min(1 + cd, k + margin)
    ax.plot([1, end], [-2, -2], color=INK, linewidth=2, solid_capstyle="butt", gid="cd")
    ax.text(end, -2, f"  CD = {cd:.2f}", va="center", fontsize="small")
    for i, (low, high) in enumerate(bars):
        y = 0.7 + 0.6 * i
        edge = 0.004 * (k - 1)
        ax.plot([low - edge, high + edge], [y, y], color="#0072B2", linewidth=2.5, gid="bar")
    below, half = 0.7 + 0.6 * len(bars) + 0.6, (k + 1) // 2
    for i, (name, rank) in enumerate(zip(rows["name"], rows["mean_rank"], strict=True)):
        left = i < half
        y = below + (i if left else k - 1 - i)
        x = 1 - 0.02 * margin if left else k + 0.02 * margin
        ax.plot([rank, rank, x], [0, y, y], gid=f"rank {name}", **line)
        text = f"{name}  {rank:.2f}" if left else f"{rank:.2f}  {name}"
        ax.text(x, y, f" {text} ", ha="right" if left else "left", va="center")
