"""What the panels of a case study share: colours, the order of types, the UMAP."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from clear.benchmark.casestudy.declared import UNSURE
from clear.benchmark.figures import style
from clear.benchmark.tsv import rows_where
from clear.benchmark.vocabulary import NONE, no_embedding

# The paper's: healthy blue, moderate orange, severe red.
STATUS_COLOURS = ("#0072B2", "#E69F00", "#C8102E", "#009E73", "#CC79A7", "#56B4E9")
UNSURE_COLOUR = "#BBBBBB"
NO_CELL = "No cell is surely of the type"
RASTERISE_ABOVE = 2000  # points; more make the PDF slow to open


def status_colours(card: dict) -> dict[str, str]:
    """Return a colour per status of a card, in its order."""
    statuses = card["statuses"]
    if len(statuses) > len(STATUS_COLOURS):
        return style.type_colours(statuses)
    return dict(zip(statuses, STATUS_COLOURS, strict=False))


def types_in_order(composition: pd.DataFrame) -> list[str]:
    """Return the types of a case study as the table of shares has them, the unsure last."""
    kinds = list(dict.fromkeys(composition["type"]))
    return [kind for kind in kinds if kind != UNSURE] + [UNSURE] * (UNSURE in kinds)


def colours_of_types(composition: pd.DataFrame) -> dict[str, str]:
    """Return a colour per type; the unsure are grey."""
    colours = style.type_colours(types_in_order(composition))
    return colours | ({UNSURE: UNSURE_COLOUR} if UNSURE in colours else {})


def nothing(runs: pd.DataFrame, dataset: str, recipe: str, method: str) -> Figure:
    """Return a figure that says why a method has no embedding of a dataset."""
    shown = {"dataset": dataset, "recipe": recipe, "perturbation": NONE, "method": method}
    mine = rows_where(runs, **shown)
    status = mine["status"].iloc[0] if len(mine) else "ok"
    reason = mine["message"].dropna().iloc[0] if mine["message"].notna().any() else ""
    return style.words(f"{dataset}, {method}: {no_embedding(status)}", reason)


def no_cells(runs: pd.DataFrame, card: dict, dataset: str, recipe: str, method: str) -> Figure:
    """Return a figure that says why there are no cells of the types that a card looks at."""
    shown = {"dataset": dataset, "recipe": recipe, "perturbation": NONE, "method": method}
    first = rows_where(runs, **shown)["status"].iloc[:1]
    if (first == "ok").all():
        return no_type(card)
    return nothing(runs, dataset, recipe, method)


def no_type(card: dict) -> Figure:
    """Return a figure that says that no cell is of the types that a card looks at."""
    return style.words(f"{NO_CELL} {' or '.join(card['focus'])}.")


def say_absent(fig: Figure, card: dict, kinds: list[str], words: str = NO_CELL) -> None:
    """Write over a figure which of the types that a card looks at it does not show, if any."""
    if absent := [kind for kind in card["focus"] if kind not in kinds]:
        fig.suptitle(f"{words} {' or '.join(absent)}.", fontsize=6.5, color="#666666")


def no_lists(lists: tuple[str, ...]) -> Figure:
    """Return a figure that says which gene lists are needed for it."""
    return style.words(
        f"No gene to show of a list called {' or '.join(lists)}.",
        "Either the table that gene_lists of the card names has no such list, or none of its "
        "genes could be tested.",
    )


def draw_umap(points: pd.DataFrame, by: str, colours: dict[str, str], words: str) -> Figure:
    """Draw the UMAP of cells coloured by a column, with the cells of each value in the legend.

    Parameters
    ----------
    points
        Columns x, y and ``by``.
    colours
        By the values of ``by``, in the order of the legend.
    words
        The title of the legend.
    """
    points = points.sample(frac=1, random_state=0)  # so that no value hides another by its place
    n, sizes = len(points), points[by].value_counts()
    with style.look():
        fig = style.new_figure(6.2, 4.2)
        ax = fig.subplots()
        ax.scatter(
            points["x"], points["y"], c=points[by].map(colours),
            s=float(np.clip(12_000 / n, 0.6, 14)), linewidths=0, rasterized=n > RASTERISE_ABOVE,
        )  # fmt: skip
        bare(ax)
        handles = [
            Line2D([], [], linestyle="", marker="o", markersize=5, color=colour,
                   label=f"{value} ({sizes.get(value, 0):,})")
            for value, colour in colours.items()
        ]  # fmt: skip
        fig.legend(
            handles=handles, loc="outside right upper", title=f"{words} ({n:,} cells)",
            alignment="left", handletextpad=0.2,
        )  # fmt: skip
    return fig


def bare(ax: Axes) -> None:
    """Leave of the axes of a UMAP, which have no unit, their names."""
    ax.set(xticks=[], yticks=[])
    ax.set_aspect("equal", adjustable="datalim")
    ax.spines[:].set_color("#BBBBBB")
    ax.set_xlabel("UMAP 1", fontsize=6.5, loc="left")
    ax.set_ylabel("UMAP 2", fontsize=6.5, loc="bottom")


def legend_of_shares(fig: Figure, shares: tuple[float, ...], largest: float) -> None:
    """Draw the dots of some shares of cells; ``largest`` is the area of all, in square points."""
    dot = {"linestyle": "", "marker": "o", "color": "#666666"}
    handles = [
        Line2D([], [], label=f"{share:.0%}", markersize=(share * largest) ** 0.5, **dot)
        for share in shares
    ]
    fig.legend(
        handles=handles, loc="outside lower center", ncols=len(shares), title="Share of cells"
    )
