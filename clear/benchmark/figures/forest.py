"""Forest of intervals: every method against each preset of CLEAR."""

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from clear.benchmark.figures import style
from clear.benchmark.figures.figure import Figure
from clear.benchmark.figures.tracks import DRAWN_TRACKS, GRID, INK, LINE, heading, ranked
from clear.benchmark.statistics.bayes import ROPE
from clear.benchmark.statistics.ranks import ALL, ALL_AND_TUNED
from clear.benchmark.vocabulary import is_control, title, with_recipe

FIGURE = Figure(
    id="forest",
    title="Difference from CLEAR",
    caption="ARI of every method minus that of CLEAR on the same datasets, for each preset of "
    "CLEAR in the run; right of zero the method is better. Small dot: one dataset, mean "
    "over seeds. Diamond: mean over datasets without those on which either was tuned "
    "(empty dots); line: 95 % interval by a bootstrap over datasets, then seeds. Grey "
    "band: ±.02, too little to matter. At the right the number n of datasets; on how "
    "many the method wins, ties within the band and loses; the posterior probability P "
    "that it is better than, equivalent to and worse than CLEAR (Bayesian signed rank "
    "test); p of Wilcoxon's signed rank test after Holm's correction. A failed run "
    "counts as the random control. With fewer than six datasets there is neither "
    "interval nor test.",
    per=("recipe",),
    reads=("differences", "manifest"),
    order=14,
    category="Statistics",
)

ROW = 0.19  # inches
HEAD = ("n", "win/tie/loss", "P better/same/worse", "p Holm")
PLACES = (0.05, 0.27, 0.63, 0.95)  # of the columns of text beside a panel


def draw(differences: pd.DataFrame, manifest: dict, recipe: str) -> mpl.figure.Figure:
    """Draw a panel per preset and track, with ``gid`` such as ``clear_paper given_k``."""
    rows = ranked(differences, recipe)
    rows = rows[rows["track"].isin(DRAWN_TRACKS)]
    references = list(dict.fromkeys(rows["reference"]))
    if not references:
        return style.words("No preset of CLEAR was scored, or nothing to compare it with.")
    orders = {name: _order(rows[rows["reference"] == name], manifest) for name in references}
    sizes = [len(order) + 2.6 for order in orders.values()]
    with style.look():
        fig = style.new_figure(14.5, 0.7 + ROW * sum(sizes))
        ratios = {"height_ratios": sizes, "width_ratios": [1, 0.75] * len(DRAWN_TRACKS)}
        grid = fig.subplots(len(sizes), 2 * len(DRAWN_TRACKS), squeeze=False, gridspec_kw=ratios)
        for line, (reference, order) in zip(grid, orders.items(), strict=True):
            name = title(manifest["methods"], reference)
            for ax, beside, track in zip(line[::2], line[1::2], DRAWN_TRACKS, strict=True):
                ax.set_gid(f"{reference} {track}")
                ax.sharex(grid[0][0])
                here = rows[(rows["reference"] == reference) & (rows["track"] == track)]
                _panel(ax, here, order)
                _columns(beside, here[here["dataset"] == ALL], order)
                ax.set_title(
                    f"{heading(track)}: against {name}", loc="left", fontweight="bold", pad=15
                )
            names = [title(manifest["methods"], method) for method in order]
            line[0].set_yticks(range(len(order)), names)
        for ax in grid[-1][::2]:
            ax.set_xlabel("ARI minus that of CLEAR")
        if with_recipe("", recipe):
            fig.suptitle(with_recipe("Difference from CLEAR", recipe), x=0.005, ha="left")
        fig.legend(handles=_legend(), loc="outside lower center", ncols=5)
    return fig


def _order(rows: pd.DataFrame, manifest: dict) -> list[str]:
    """Return methods by their difference, on the first track before the other; controls last."""
    over = rows[rows["dataset"] == ALL].drop_duplicates("method")
    control = [is_control(manifest["methods"][name]) for name in over["method"]]
    over = over.assign(control=control, second=over["track"] != DRAWN_TRACKS[0])
    by = ["control", "second", "difference"]
    return over.sort_values(by, ascending=[True, True, False], kind="stable")["method"].tolist()


def _panel(ax: Axes, rows: pd.DataFrame, order: list[str]) -> None:
    ax.axvspan(-ROPE, ROPE, color="#E4E4E4", linewidth=0, zorder=0)
    ax.axvline(0, color=LINE, linewidth=0.8, zorder=1)
    ax.grid(axis="x", color=GRID, linewidth=0.5)
    ax.set_axisbelow(True)
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(len(order) - 0.4, -0.6)
    ax.set_yticks([])
    heights = {method: i for i, method in enumerate(order)}
    single = rows[~rows["dataset"].isin([ALL, ALL_AND_TUNED])]
    for tuned, part in single.groupby("tuned"):
        y = part["method"].map(heights) + 0.18
        face = "none" if tuned else "#56B4E9"
        ax.scatter(
            part["difference"], y, s=9, facecolors=face, edgecolors="#56B4E9", linewidths=0.6,
            gid="tuned" if tuned else "datasets", zorder=2,
        )  # fmt: skip
    for row in rows[rows["dataset"] == ALL].itertuples():
        y = heights[row.method]
        if not np.isnan(row.low):
            ax.plot(
                [row.low, row.high], [y, y], color=INK, linewidth=1.4, gid=f"interval {row.method}"
            )
        ax.plot(row.difference, y, "D", color=INK, markersize=4, gid=f"mean {row.method}")


def _columns(ax: Axes, rows: pd.DataFrame, order: list[str]) -> None:
    """Print the numbers of each method beside its interval."""
    ax.set_axis_off()
    ax.set_ylim(len(order) - 0.4, -0.6)
    lines = [(-1.1, HEAD), *((order.index(row.method), _texts(row)) for row in rows.itertuples())]
    for y, texts in lines:
        for x, text in zip(PLACES, texts, strict=True):
            ax.text(x, y, text, ha="center", va="center", fontsize="small")


def _texts(row) -> tuple[str, ...]:
    """Return n, wins, probabilities and p as they are printed."""
    if not row.datasets:
        return "0", "", "", ""
    wins = f"{row.wins:.0f}/{row.ties:.0f}/{row.losses:.0f}"
    if np.isnan(row.p):
        return str(row.datasets), wins, "too few", "too few"
    chances = "/".join(_short(p) for p in (row.p_better, row.p_equivalent, row.p_worse))
    p = "" if np.isnan(row.p_holm) else _small(row.p_holm)
    return str(row.datasets), wins, chances, p


def _short(p: float) -> str:
    return f"{p:.2f}".removeprefix("0") if p < 0.995 else "1"


def _small(p: float) -> str:
    return "<.001" if p < 0.001 else f"{p:.3f}".removeprefix("0")


def _legend() -> list:
    dot = {"linestyle": "", "markersize": 3.5, "marker": "o", "markeredgecolor": "#56B4E9"}
    return [
        Line2D([], [], markerfacecolor="#56B4E9", label="one dataset", **dot),
        Line2D(
            [], [], markerfacecolor="none", label="one on which either was tuned (left out)", **dot
        ),
        Line2D(
            [], [], marker="D", markersize=4, color=INK, linewidth=0, label="mean over datasets"
        ),
        Line2D([], [], color=INK, linewidth=1.4, label="95 % interval"),
        Patch(color="#E4E4E4", label="±.02: equivalent"),
    ]
