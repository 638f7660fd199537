"""Fig. 3B: types kept apart against batches mixed, and their harmonic means."""

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from clear.benchmark.figures import style
from clear.benchmark.figures.figure import Figure
from clear.benchmark.metrics.metric import all_metrics
from clear.benchmark.tsv import rows_where
from clear.benchmark.vocabulary import NONE, is_control, title, with_recipe

FIGURE = Figure(
    id="fig3b",
    title="Fig. 3B: batch effects on {dataset}",
    caption="Left: how well each method keeps the cell types apart (upwards) and mixes the batches "
    "of the types that all batches have (to the right), by ARI of k-means clusters and by "
    "silhouette. Right: the harmonic means of these two, and the balance that ranks the methods, "
    "best at the top. Lines reach one standard deviation to each side, over seeds and over 20 "
    "subsamples of 80 % of the cells together. Methods marked * are told the batches. The "
    "silhouette of batches does not measure mixing; it is here since the paper has it.",
    per=("dataset", "recipe"),
    reads=("statistics", "manifest"),
    order=30,
    category="Batch effects",
    task="batch",
)

ANY = "any"
SCATTERS = (("one_minus_b_ari", "c_ari"), ("one_minus_b_asw", "c_asw"))
BARS = ("f1_ari", "f1_asw", "balance")
GRID = "#E4E4E4"


def draw(statistics: pd.DataFrame, manifest: dict, dataset: str, recipe: str) -> mpl.figure.Figure:
    """Draw Fig. 3B.

    Returns
    -------
    matplotlib.figure.Figure
        Axes whose ``gid`` are ``c_ari``, ``c_asw``, and the names of :data:`BARS`.
    """
    shown = {"dataset": dataset, "recipe": recipe, "perturbation": NONE}
    rows = rows_where(statistics, **shown, task="batch", track=ANY).dropna(subset="mean")
    if rows.empty:
        return style.words("No method has a score for batch effects here.")
    spread = rows[["sd", "scorer_sd"]].astype(float).fillna(0).pow(2).sum(axis=1).pow(0.5)
    rows = rows.assign(spread=spread)
    order = _order(rows, manifest)
    with style.look():
        fig = style.new_figure(11, max(4.8, 1.5 + 0.22 * len(order)))
        fig.suptitle(
            with_recipe(title(manifest["datasets"], dataset), recipe),
            x=0.01,
            ha="left",
            fontweight="bold",
        )
        left, right = fig.subfigures(1, 2, width_ratios=(1, 2.1))
        for ax, (x, y) in zip(left.subplots(2, 1), SCATTERS, strict=True):
            ax.set_gid(y)
            _scatter(ax, rows, x, y, manifest)
        axes = right.subplots(1, len(BARS), sharey=True)
        for ax, metric in zip(axes, BARS, strict=True):
            ax.set_gid(metric)
            _bars(ax, rows_where(rows, metric=metric).set_index("method"), order, manifest)
            ax.set_xlabel(all_metrics()[metric].title)
        axes[0].set_yticks(range(len(order)), [_name(name, manifest) for name in order])
        axes[0].set_ylim(len(order) - 0.4, -0.6)
    return fig


def _order(rows: pd.DataFrame, manifest: dict) -> list[str]:
    """Return methods by their balance, those without one and then controls last."""
    balance = rows_where(rows, metric="balance").set_index("method")["mean"]

    def place(method: str) -> tuple:
        return is_control(manifest["methods"][method]), -balance.get(method, -np.inf)

    return sorted(rows["method"].unique(), key=place)


def _name(method: str, manifest: dict) -> str:
    told = "batch" in (manifest["methods"][method].get("told") or [])
    return title(manifest["methods"], method) + " *" * told


def _scatter(ax: Axes, rows: pd.DataFrame, x: str, y: str, manifest: dict) -> None:
    wide = rows.pivot(index="method", columns="metric", values=["mean", "spread"])
    for method, look in style.method_styles(manifest).items():
        if method in wide.index and {("mean", x), ("mean", y)} <= set(wide.columns):
            mean, spread = wide.loc[method, "mean"], wide.loc[method, "spread"]
            ax.errorbar(
                mean[x], mean[y], xerr=spread[x], yerr=spread[y], color=look["color"],
                elinewidth=0.6, alpha=0.6, fmt="none", zorder=2,
            )  # fmt: skip
            ax.plot(mean[x], mean[y], linestyle="", markersize=5, gid=method, zorder=3, **look)
    if not ax.lines:  # such as where no type is in all batches
        ax.text(0.5, 0.5, "no method has both values", ha="center", color="#777777")
    ax.set(xlim=(-0.05, 1.05), ylim=(-0.05, 1.05))  # all of the range: small differences stay small
    ax.grid(color=GRID, linewidth=0.5)
    ax.set_axisbelow(True)
    ax.set_xlabel(all_metrics()[x].title)
    ax.set_ylabel(all_metrics()[y].title)


def _bars(ax: Axes, rows: pd.DataFrame, order: list[str], manifest: dict) -> None:
    styles = style.method_styles(manifest)
    for y, method in enumerate(order):
        look = styles[method]
        if method in rows.index:
            row = rows.loc[method]
            ax.barh(
                y, row["mean"], height=0.7, color=look["color"], alpha=0.45, gid=f"bar {method}"
            )
            ends = [row["mean"] - row["spread"], row["mean"] + row["spread"]]
            ax.plot(ends, [y, y], color="#1A1A1A", linewidth=0.9)
            # Whole at 0 and 1, where methods often are.
            ax.plot(row["mean"], y, linestyle="", markersize=4.5, clip_on=False, zorder=3, **look)
        else:
            ax.text(0.02, y, "no value", va="center", color="#777777", fontsize=6.5)
    ax.set_xlim(0, 1)
    ax.grid(axis="x", color=GRID, linewidth=0.5)
    ax.set_axisbelow(True)
    ax.tick_params(axis="y", length=0)
