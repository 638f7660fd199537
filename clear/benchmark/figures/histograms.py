"""Histograms of what was measured of cells, those that a filter removes on top."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

KEPT_COLOUR, LOST_COLOUR = "#0072B2", "#D55E00"
UNITS = {
    "rpkm": "RPKM",
    "fpkm": "FPKM",
    "tpm": "TPM",
    "log1p": "logarithm undone",
    "log2p1": "logarithm undone",
}


def histogram(ax: Axes, values: np.ndarray, kept: np.ndarray, name: str) -> None:
    """Stack the kept and the removed cells; totals on a logarithmic axis."""
    n_bins = int(np.clip(4 * len(values) ** (1 / 3), 15, 50))
    if name == "total":
        # A cell without any expression has no place on this axis.
        lowest, highest = values[values > 0].min(), values.max()
        bins = np.geomspace(lowest * 0.999, max(highest, lowest * 1.1) * 1.001, n_bins + 1)
        ax.set_xscale("log")
    else:
        highest = values.max() or 1
        bins = np.linspace(0, highest * 1.001, n_bins + 1)
    ax.hist(
        [values[kept], values[~kept]],
        bins=bins,
        stacked=True,
        color=[KEPT_COLOUR, LOST_COLOUR],
        linewidth=0,
    )
    ax.yaxis.set_major_locator(MaxNLocator(4, integer=True))


def x_axis(ax: Axes, name: str, unit: str) -> None:
    """Name the axis and choose ticks and their labels by what was measured."""
    if name == "total":
        ax.set_xlabel(f"sum over genes ({UNITS.get(unit, unit)})")
        low, high = np.log10(ax.get_xlim())
        if high - low < 0.7:  # 1, 2 and 5 times a power of ten alone would leave no tick
            ax.xaxis.set_major_locator(MaxNLocator(3))
        elif high - low < 2.5:
            ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        ax.xaxis.set_minor_locator(NullLocator())
        ax.xaxis.set_major_formatter(FuncFormatter(_short_number))
    elif name.endswith("_share"):
        ax.set_xlabel("share of the cell's total")
        high = ax.get_xlim()[1]
        ax.set_xlim(0, high)
        ax.xaxis.set_major_locator(MaxNLocator(4))
        # Not rounded: ticks of small shares are at 0.25 or 0.75 %.
        ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:.3g}%"))
    else:
        ax.set_xlabel("genes detected")
        ax.set_xlim(0, ax.get_xlim()[1])
        ax.xaxis.set_major_locator(MaxNLocator(4, integer=True))
        ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))


def _short_number(value: float, _) -> str:
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:g}{letter}"
    return f"{value:g}"
