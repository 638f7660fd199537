"""How far ranks hang on one group of datasets, and on the rule for failed runs."""

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from clear.benchmark.figures import style
from clear.benchmark.figures.figure import Figure
from clear.benchmark.figures.tracks import DRAWN_TRACKS, GRID, INK, heading, ranked
from clear.benchmark.statistics.ranks import ALL
from clear.benchmark.vocabulary import title, with_recipe

FIGURE = Figure(
    id="rank_stability",
    title="Ranks without a group of datasets, and by other rules for failures",
    caption="Rank by ARI over all datasets (diamond), and the best and worst that it becomes "
    "when one group of related datasets is left out (bar; without a group on their "
    "cards each dataset is one). Signs: the rank when a failed run counts as the worst "
    "score of any method there instead of that of the random control, when it is left "
    "out, and when only datasets count on which every run has a score.",
    per=("recipe",),
    reads=("ranks", "leave_out", "manifest"),
    order=16,
    category="Statistics",
)

RULES = {  # column of ranks.tsv: marker, colour, words
    "rank_worst": ("v", "#D55E00", "failed: worst score"),
    "rank_dropped": ("o", "#0072B2", "failed: left out"),
    "rank_common": ("s", "#009E73", "common datasets only"),
}
OFFSETS = (-0.25, 0.0, 0.25)


def draw(
    ranks: pd.DataFrame, leave_out: pd.DataFrame, manifest: dict, recipe: str
) -> mpl.figure.Figure:
    """Draw a panel per track, whose ``gid`` is the track."""
    parts = {
        track: ranked(ranks, recipe, track=track, dataset=ALL).dropna(subset="rank")
        for track in DRAWN_TRACKS
    }
    parts = {track: rows for track, rows in parts.items() if len(rows)}
    if not parts:
        return style.words("No method is ranked.")
    with style.look():
        most = max(map(len, parts.values()))
        fig = style.new_figure(1 + 4.5 * len(parts), 1.2 + 0.2 * most)
        axes = fig.subplots(1, len(parts), squeeze=False)[0]
        for ax, (track, rows) in zip(axes, parts.items(), strict=True):
            ax.set_gid(track)
            _panel(ax, rows, ranked(leave_out, recipe, track=track), manifest)
            ax.set_title(heading(track), loc="left", fontweight="bold")
        fig.legend(handles=_legend(), loc="outside lower center", ncols=5)
        if with_recipe("", recipe):
            fig.suptitle(with_recipe("Ranks", recipe), x=0.005, ha="left")
    return fig


def _panel(ax: Axes, rows: pd.DataFrame, without: pd.DataFrame, manifest: dict) -> None:
    rows = rows.sort_values("rank", kind="stable")
    ends = without.groupby("method")["rank"].agg(["min", "max"])
    ax.set_yticks(range(len(rows)), [title(manifest["methods"], name) for name in rows["method"]])
    ax.set_ylim(len(rows) - 0.5, -0.5)
    # Another rule, or fewer datasets, may rank methods that have no rank here.
    last = max(rows[[*RULES, "rank"]].max().max(), ends["max"].max() if len(ends) else 0)
    ax.set_xlim(0.5, last + 0.5)
    ax.grid(axis="x", color=GRID, linewidth=0.5)
    ax.set_axisbelow(True)
    ax.tick_params(axis="y", length=0)
    ax.set_xlabel("Rank")
    for y, row in enumerate(rows.to_dict("records")):
        if row["method"] in ends.index:
            low, high = ends.loc[row["method"]]
            ax.plot(
                [low, high], [y, y], color="#B8B8B8", linewidth=4, solid_capstyle="butt",
                gid=f"without {row['method']}", zorder=2,
            )  # fmt: skip
        for offset, (rule, (marker, colour, _)) in zip(OFFSETS, RULES.items(), strict=True):
            ax.plot(row[rule], y + offset, marker, color=colour, markersize=3, zorder=4)
        ax.plot(
            row["rank"], y, "D", color=INK, markersize=4.5, gid=f"rank {row['method']}", zorder=3
        )


def _legend() -> list[Line2D]:
    found = [
        Line2D([], [], marker="D", markersize=4.5, color=INK, linewidth=0, label="rank"),
        Line2D([], [], color="#B8B8B8", linewidth=4, label="without one group of datasets"),
    ]
    return found + [
        Line2D([], [], marker=marker, color=colour, markersize=3, linewidth=0, label=words)
        for marker, colour, words in RULES.values()
    ]
