"""Fig. 5E: the cytokines of the text in monocytes, by status."""

import matplotlib as mpl
import pandas as pd

from clear.benchmark.figures import study, style
from clear.benchmark.figures.figure import Figure

FIGURE = Figure(
    id="fig5e",
    title="Fig. 5E: cytokines in monocytes, {dataset}, {method}",
    caption="Size: share of the cells that have the gene. Colour: mean of ln(1 + counts per "
    "10,000). Both are means over donors. S100A8 and S100A9, below the line, "
    "show what a gene looks like that monocytes do express. No dot: no cell has it. A cross: not "
    "in the data.",
    per=("dataset", "recipe", "method"),
    reads=("list_expression", "runs", "card"),
    order=54,
    category="Case study",
)

LISTS = ("cytokines", "S100A8/A9")
LARGEST = 150  # area of a dot that stands for every cell, in square points
LEGEND = (0.05, 0.25, 0.5, 1.0)


def draw(
    list_expression: pd.DataFrame,
    runs: pd.DataFrame,
    card: dict,
    dataset: str,
    recipe: str,
    method: str,
) -> mpl.figure.Figure:
    """Draw a row per gene and a column per type and status."""
    if list_expression.empty:
        return study.no_cells(runs, card, dataset, recipe, method)
    table = list_expression[list_expression["list"].isin(LISTS)]
    if table.empty:
        return study.no_lists(LISTS)
    genes = [g for name in LISTS for g in table.loc[table["list"] == name, "gene"].unique()]
    above = table.loc[table["list"] == LISTS[0], "gene"].nunique()
    kinds = list(dict.fromkeys(table["type"]))
    with style.look():
        width = 0.62 * len(card["statuses"]) * len(kinds)
        fig = style.new_figure(2.6 + width, 1.5 + 0.3 * len(genes))
        axes = fig.subplots(1, len(kinds), sharey=True, squeeze=False)[0]
        top = float(table["mean"].max()) or 1.0
        for ax, kind in zip(axes, kinds, strict=True):
            dots = _panel(ax, table[table["type"] == kind], genes, card["statuses"], top)
            ax.axhline(above - 0.5, color="#888888", linewidth=0.7)
            ax.set_title(kind)
        axes[0].set_yticks(range(len(genes)), genes, fontstyle="italic", fontsize="medium")
        axes[0].set_ylim(len(genes) - 0.4, -0.6)
        fig.colorbar(dots, ax=axes, label="Mean of ln(1 + CP10k)", shrink=0.9, aspect=25)
        study.legend_of_shares(fig, LEGEND, LARGEST)
        study.say_absent(fig, card, kinds)
    return fig


def _panel(ax, table: pd.DataFrame, genes: list[str], statuses: list[str], top: float):
    x = table["status"].map({status: number for number, status in enumerate(statuses)})
    y = table["gene"].map({gene: number for number, gene in enumerate(genes)})
    absent = table["mean"].isna()
    ax.scatter(x[absent], y[absent], marker="x", color="#AAAAAA", s=14, linewidths=0.8)
    there = table[~absent]
    dots = ax.scatter(
        x[~absent], y[~absent], s=LARGEST * there["share"], c=there["mean"], cmap="viridis_r",
        vmin=0, vmax=top, edgecolors="#444444", linewidths=0.4,
    )  # fmt: skip
    names = table.drop_duplicates("status").set_index("status")["donors"].to_dict()
    labels = [f"{status}\n({names.get(status, 0)} donors)" for status in statuses]
    ax.set_xticks(range(len(statuses)), labels, fontsize=6.5)
    ax.set_xlim(-0.5, len(statuses) - 0.5)
    ax.tick_params(length=0)
    return dots
