"""Fig. 5C: types by status: the paper's bars, and with donors as the sample."""

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from clear.benchmark.figures import study, style
from clear.benchmark.figures.figure import Figure

FIGURE = Figure(
    id="fig5c",
    title="Fig. 5C: composition of {dataset}, {method}",
    caption="Left, as in the paper: how the statuses share a type (mean share of the donors "
    "of each, stacked to 100 %). Middle: share of the type in each donor's cells; "
    "line: mean. Right: difference from the first status in percentage points, Hodges "
    "and Lehmann's estimate with its 95 % interval, ratio of the mean shares, and q "
    "of the exact rank sum test over donors (Benjamini and Hochberg over all rows); "
    "bold: q < 0.05.",
    per=("dataset", "recipe", "method"),
    reads=("composition", "composition_tests", "runs", "card"),
    order=52,
    category="Case study",
)

ROW = 0.55  # inches
SPREAD = 0.27  # between two statuses of a type, in rows
TICKS = (0, 1, 5, 10, 20, 40, 60, 80, 100)  # percent


def draw(
    composition: pd.DataFrame,
    composition_tests: pd.DataFrame,
    runs: pd.DataFrame,
    card: dict,
    dataset: str,
    recipe: str,
    method: str,
) -> mpl.figure.Figure:
    """Draw a row per type in three panels."""
    if composition.empty:
        return study.nothing(runs, dataset, recipe, method)
    kinds = study.types_in_order(composition)
    colours = study.status_colours(card)
    with style.look():
        fig = style.new_figure(9.5, 1.1 + ROW * len(kinds))
        axes = fig.subplots(1, 3, sharey=True, width_ratios=(1, 1.5, 1.5))
        _bars(axes[0], composition, kinds, colours)
        _donors(axes[1], composition, kinds, colours)
        _differences(axes[2], composition_tests, kinds, colours)
        axes[0].set_yticks(range(len(kinds)), kinds, fontsize="medium")
        axes[0].set_ylim(len(kinds) - 0.45, -0.55)
        for ax in axes:
            ax.tick_params(axis="y", length=0)
            ax.spines["left"].set_visible(False)
        for ax in axes[1:]:
            for edge in np.arange(len(kinds) - 1) + 0.5:
                ax.axhline(edge, color="#E5E5E5", linewidth=0.6, zorder=0)
        handles = [
            Line2D([], [], linestyle="", marker="o", markersize=5, color=colour,
                   label=f"{status} ({_donors_of(composition, status)} donors)")
            for status, colour in colours.items()
        ]  # fmt: skip
        fig.legend(handles=handles, loc="outside upper center", ncols=len(handles))
    return fig


def _donors_of(composition: pd.DataFrame, status: str) -> int:
    return composition.loc[composition["status"] == status, "donor"].nunique()


def _bars(ax: Axes, composition: pd.DataFrame, kinds: list[str], colours: dict) -> None:
    means = composition.pivot_table(index="type", columns="status", values="share").loc[kinds]
    parts = 100 * means.div(means.sum(axis=1), axis=0)
    left = np.zeros(len(kinds))
    for status in (name for name in colours if name in parts):
        width = parts[status].to_numpy()
        ax.barh(range(len(kinds)), width, left=left, color=colours[status], height=0.7)
        left += width
    ax.set(xlim=(0, 100), xlabel="Part of each status (%)")


def _donors(ax: Axes, composition: pd.DataFrame, kinds: list[str], colours: dict) -> None:
    for row, kind in enumerate(kinds):
        for y, status in _places(row, colours):
            mine = composition["type"].eq(kind) & composition["status"].eq(status)
            share = 100 * composition.loc[mine, "share"].to_numpy()
            ax.scatter(share, np.full(len(share), y), s=11, color=colours[status], alpha=0.75,
                       linewidths=0)  # fmt: skip
            if len(share):  # the filters may have left no cell of a status
                ax.plot([share.mean()] * 2, [y - 0.11, y + 0.11], color="black", linewidth=1)
    # Of roots, so that rare types can be read beside frequent ones.
    ax.set_xscale("function", functions=(lambda x: np.sign(x) * np.sqrt(np.abs(x)), _signed_square))
    most = 100 * composition["share"].max()
    ax.set_xticks([tick for tick in TICKS if tick <= most], minor=False)
    ax.set_xlim(-0.02, 1.08 * most)
    ax.set_xlabel("Share of each donor's cells (%)")


def _differences(ax: Axes, tests: pd.DataFrame, kinds: list[str], colours: dict) -> None:
    ax.axvline(0, color="#888888", linewidth=0.7)
    for row, kind in enumerate(kinds):
        for y, status in _places(row, colours):
            for _, found in tests[tests["type"].eq(kind) & tests["status"].eq(status)].iterrows():
                _difference(ax, y, found, colours[status])
    reference = next(iter(colours))
    ax.set_xlabel(f"Difference from {reference} (percentage points)")


def _difference(ax: Axes, y: float, found: pd.Series, colour: str) -> None:
    if np.isfinite(found["low"]):
        ax.plot([100 * found["low"], 100 * found["high"]], [y, y], color=colour, linewidth=1.4)
    if np.isfinite(found["difference"]):
        ax.scatter(100 * found["difference"], y, s=20, color=colour, zorder=3)
    words = found["reason"] if np.isnan(found["q"]) else f"q = {found['q']:.2g}"
    if found["reference_mean"] > 0 and np.isfinite(found["mean"]):
        words = f"\u00d7{found['mean'] / found['reference_mean']:.2g}, {words}"
    weight = "bold" if found["q"] < 0.05 else "normal"
    ax.text(1.02, y, words, transform=ax.get_yaxis_transform(), va="center", fontsize=6.5,
            fontweight=weight)  # fmt: skip


def _signed_square(x: np.ndarray) -> np.ndarray:
    return np.sign(x) * x**2


def _places(row: int, colours: dict) -> list[tuple[float, str]]:
    """Return the height of each status in the row of a type."""
    middle = (len(colours) - 1) / 2
    return [(row + SPREAD * (place - middle), status) for place, status in enumerate(colours)]
