"""How many genes the tests by cells and by donors find in each type."""

import matplotlib as mpl
import pandas as pd
from matplotlib.patches import Patch

from clear.benchmark.figures import study, style
from clear.benchmark.figures.figure import Figure

FIGURE = Figure(
    id="cells_or_donors",
    title="Genes found by cells and by donors, {dataset}, {method}",
    caption="Genes with q < 0.05 in each type against the first status: Wilcoxon's test over "
    "cells, as in the paper, and DESeq2 over donors. Hatched, where the truth is known: of these, "
    "genes that do not change. Not tested: a status has too few donors with ten such cells.",
    per=("dataset", "recipe", "method"),
    reads=("contrasts", "runs", "card"),
    order=60,
    category="Case study",
)

COLOURS = {"cells": "#CC79A7", "donors": "#0072B2"}


def draw(
    contrasts: pd.DataFrame, runs: pd.DataFrame, card: dict, dataset: str, recipe: str, method: str
) -> mpl.figure.Figure:
    """Draw a panel per status with two bars per type."""
    if contrasts.empty:
        return study.no_cells(runs, card, dataset, recipe, method)
    kinds, statuses = list(dict.fromkeys(contrasts["type"])), card["statuses"][1:]
    known = "false_cells" in contrasts
    with style.look():
        fig = style.new_figure(1.6 + 3.1 * len(statuses), 1.2 + 0.36 * len(kinds))
        axes = fig.subplots(1, len(statuses), sharey=True, sharex=True, squeeze=False)[0]
        for ax, status in zip(axes, statuses, strict=True):
            ax.set_gid(status)
            for row in contrasts[contrasts["status"] == status].to_dict("records"):
                _bars(ax, kinds.index(row["type"]), row, known)
            ax.set_title(f"{status} against {card['statuses'][0]}")
            ax.set_xlabel("Genes with q < 0.05")
            ax.margins(x=0.16)
        axes[0].set_yticks(range(len(kinds)), kinds)
        axes[0].set_ylim(len(kinds) - 0.4, -0.6)
        handles = [Patch(color=colour, label=f"by {unit}") for unit, colour in COLOURS.items()]
        if known:
            handles.append(
                Patch(facecolor="white", edgecolor="#444444", hatch="////", label="false")
            )
        fig.legend(handles=handles, loc="outside upper center", ncols=len(handles))
    return fig


def _bars(ax, place: int, row: dict, known: bool) -> None:
    for shift, (unit, colour) in zip((-0.19, 0.19), COLOURS.items(), strict=True):
        found, y = row[f"found_{unit}"], place + shift
        words = f"{found}"
        ax.barh(y, found, height=0.36, color=colour)
        if known:
            wrong = row[f"false_{unit}"]
            words += f" ({wrong} false)" if wrong else ""
            ax.barh(
                y,
                wrong,
                height=0.36,
                facecolor="none",
                edgecolor="white",
                hatch="//////",
                linewidth=0,
            )
        if unit == "donors" and not pd.isna(row["reason"]):
            words = "not tested"
        ax.text(found, y, f" {words}", va="center", fontsize=6)
