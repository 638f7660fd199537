"""What Figs. 5I and 5J share: the gene sets at either end of the ranked genes."""

from textwrap import shorten

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from clear.benchmark.figures import style
from clear.benchmark.tsv import rows_where

MOST = 10  # sets on either side
UP, DOWN = "#C8102E", "#0072B2"
UNITS = {"cells": "Fold changes by cells, as in the paper", "donors": "Fold changes by donors"}


def draw_sets(gsea: pd.DataFrame, card: dict, status: str) -> mpl.figure.Figure:
    """Draw the sets of one status against the first, a panel for each unit of the fold changes."""
    kind, reference = card["focus"][0], card["statuses"][0]
    table = rows_where(gsea, type=kind, status=status).dropna(subset=["nes"])
    heading = f"{kind}: {status} against {reference}"
    if table.empty:
        return style.words(
            f"{heading}: no gene set to show",
            "Neither the card of the dataset nor the run (gmt) names gene sets, no cell is surely "
            "of this type, or no set has five of the genes that change.",
        )
    parts = {unit: _chosen(table[table["unit"] == unit]) for unit in UNITS}
    parts = {unit: part for unit, part in parts.items() if len(part)}
    rows = max(map(len, parts.values()))
    with style.look():
        fig = style.new_figure(4.9 * len(parts), 1.4 + 0.19 * max(rows, 3))
        for ax, (unit, part) in zip(
            fig.subplots(1, len(parts), squeeze=False)[0], parts.items(), strict=True
        ):
            ax.set_gid(unit)
            _panel(ax, part)
            ax.set_title(f"{UNITS[unit]} ({part['ranked'].iloc[0]} genes)", fontsize=7.5)
        fig.suptitle(heading)
        handles = [Patch(color=UP, label="up"), Patch(color=DOWN, label="down")]
        handles += [Patch(facecolor="#666666", alpha=0.3, label="pale: q of 0.05 or above")]
        fig.legend(handles=handles, loc="outside lower center", ncols=3)
    return fig


def _chosen(table: pd.DataFrame) -> pd.DataFrame:
    """Return the sets with the least p on either side, ordered by their enrichment."""
    table = table.assign(size=lambda t: -t["nes"].abs())
    table = table.sort_values(["p", "size"], kind="stable")
    ends = [table[table["nes"] > 0].head(MOST), table[table["nes"] < 0].head(MOST)]
    return pd.concat(ends).sort_values("nes", ascending=False, kind="stable")


def _panel(ax: Axes, part: pd.DataFrame) -> None:
    for place, row in enumerate(part.itertuples()):
        colour = UP if row.nes > 0 else DOWN
        ax.barh(place, row.nes, color=colour, alpha=1 if row.q < 0.05 else 0.3, height=0.75)
    names = [
        f"{shorten(name.split(' (GO:')[0], 48, placeholder=' ...')} ({size})"
        for name, size in zip(part["set"], part["genes"], strict=True)
    ]
    ax.set_yticks(range(len(part)), names, fontsize=6.5)
    ax.set_ylim(len(part) - 0.4, -0.6)
    ax.axvline(0, color="#444444", linewidth=0.6)
    ax.set_xlabel("Normalised enrichment score")
    ax.tick_params(axis="y", length=0)
