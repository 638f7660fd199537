"""Fig. 6B: the first markers of each type in the types of an atlas, as dots."""

import matplotlib as mpl
import numpy as np
import pandas as pd

from clear.benchmark.casestudy.declared import UNSURE
from clear.benchmark.figures import study, style
from clear.benchmark.figures.figure import Figure

FIGURE = Figure(
    id="fig6b",
    title="Fig. 6B: markers of the types in {dataset}, {method}",
    caption="Size: share of the cells of a type that express a gene. Colour: mean of "
    "ln(1 + counts per 10,000) over all cells of the type, as a share of the gene's highest "
    "mean. The first three markers of each type of the declared table, in a frame beside their "
    "type; the types were named by these and the table's other markers. A cross: the data lack the "
    "gene. "
    "A type without cells: no cluster got it.",
    per=("dataset", "recipe", "method"),
    reads=("dots", "runs"),
    order=63,
    category="Case study",
    atlas=True,
)

LARGEST = 70  # area of a dot that stands for every cell, in square points
LEGEND = (0.1, 0.25, 0.5, 1.0)
STEP = 0.195  # inches


def draw(
    dots: pd.DataFrame, runs: pd.DataFrame, dataset: str, recipe: str, method: str
) -> mpl.figure.Figure:
    """Draw a row per type and a column per gene."""
    if dots.empty:
        return study.nothing(runs, dataset, recipe, method)
    sizes = dots.drop_duplicates("type").set_index("type")["cells"]
    genes = list(dict.fromkeys(dots["gene"]))
    rows = {kind: number for number, kind in enumerate(sizes.index)}
    columns = {gene: number for number, gene in enumerate(genes)}
    x, y = dots["gene"].map(columns), dots["type"].map(rows)
    highest = dots.groupby("gene")["mean"].transform("max")
    scaled = (dots["mean"] / highest.where(highest > 0)).fillna(0)
    missing = dots.groupby("gene")["mean"].transform("count") == 0
    there = ~missing & (dots["cells"] > 0)
    with style.look():
        fig = style.new_figure(3.0 + STEP * len(genes), 2.0 + STEP * len(rows))
        ax = fig.subplots()
        for number, kind in enumerate(rows):
            if number % 2 == 0:
                ax.axhspan(number - 0.5, number + 0.5, color="#F6F6F6", linewidth=0, zorder=0)
            own = dots.loc[(dots["of"] == kind) & (dots["type"] == kind), "gene"].map(columns)
            if len(own):
                ax.add_patch(
                    mpl.patches.Rectangle(
                        (own.min() - 0.5, number - 0.5), np.ptp(own) + 1, 1, fill=False,
                        edgecolor="#888888", linewidth=0.7, zorder=1,
                    )
                )  # fmt: skip
        ax.scatter(x[missing], y[missing], marker="x", color="#AAAAAA", s=9, linewidths=0.7)
        drawn = ax.scatter(
            x[there], y[there], s=LARGEST * dots.loc[there, "share"], c=scaled[there],
            cmap="viridis_r", vmin=0, vmax=1, edgecolors="#444444", linewidths=0.3, zorder=3,
        )  # fmt: skip
        labels = [
            f"{kind} ({sizes[kind]:,})" if sizes[kind] else f"{kind} (no cells)" for kind in rows
        ]
        ax.set_yticks(range(len(rows)), labels, fontsize=7)
        for label, kind in zip(ax.get_yticklabels(), rows, strict=True):
            label.set_color("#888888" if kind == UNSURE or not sizes[kind] else "black")
        ax.set_xticks(range(len(genes)), genes, rotation=90, fontstyle="italic", fontsize=6.5)
        ax.set_xlim(-0.7, len(genes) - 0.3)
        ax.set_ylim(len(rows) - 0.5, -0.5)
        ax.tick_params(length=0)
        fig.colorbar(drawn, ax=ax, label="Mean / highest mean", shrink=0.6, aspect=18)
        study.legend_of_shares(fig, LEGEND, LARGEST)
    return fig
