"""Quality of a dataset's cells: what was measured, the thresholds, and what they take."""

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from clear.benchmark.data.prepare.qc import KEPT
from clear.benchmark.figures import style
from clear.benchmark.figures.figure import Figure
from clear.benchmark.figures.histograms import KEPT_COLOUR, LOST_COLOUR, histogram, x_axis
from clear.benchmark.vocabulary import RECIPES

FIGURE = Figure(
    id="qc",
    title="Quality of {dataset}",
    caption="Cells of the dataset before any filter, after the label rule of its card. Lines are "
    "the thresholds of the filters; blue cells are kept with the settings of the first recipe, "
    "orange ones removed. A share of mitochondrial genes or spike-ins that the file says nothing "
    "of is not known, and no filter applies to it. The released code knows fewer names of such "
    "genes; where it finds none, its filter has no line.",
    per=("dataset",),
    reads=("qc", "prepare", "card"),
    order=30,
    category="Quality control",
)

# A line per recipe: where two coincide, the second shows on both sides of the first.
LINES = (
    {"color": "#1A1A1A", "linewidth": 0.9, "linestyle": "--", "zorder": 3},
    {"color": "#B8B8B8", "linewidth": 2.4, "linestyle": "-", "zorder": 2},
)
BAR = 0.17  # inches per type or batch
WIDTH = 9.0  # inches
# Column of the table: title, and the setting whose threshold is drawn there.
MEASURES = {
    "genes": ("Genes per cell", "min_genes"),
    "total": ("Total per cell (log axis)", None),
    "mito_share": ("Mitochondrial share", "max_mito"),
    "ercc_share": ("ERCC spike-in share", "max_ercc"),
}


def draw(qc: pd.DataFrame, prepare: list[dict], card: dict, dataset: str) -> mpl.figure.Figure:
    """Draw histograms of what was measured, and the cells of each type and batch.

    The first recipe of ``prepare`` tells which cells are drawn as removed.

    Returns
    -------
    matplotlib.figure.Figure
        Axes with the names of the columns as ``gid``: those measured, then ``cell_type`` and
        ``batch``. A share that is not known has no axes; a line under the figure says so.
    """
    table, records = qc, {record["recipe"]: record for record in prepare}
    known = {name: about for name, about in MEASURES.items() if table[name].notna().any()}
    groups = [name for name in ("cell_type", "batch") if name in table]
    first = next(iter(records))
    kept = (table[first] == KEPT).to_numpy()
    longest = max(table[name].nunique() for name in groups)
    bars = max(1.0, BAR * longest + 0.35)
    with style.look():
        fig = style.new_figure(WIDTH, bars + 3.0)
        top, bottom = fig.subfigures(2, 1, height_ratios=[2.4, bars + 0.3])
        for ax, (name, (words, setting)) in zip(
            np.ravel(top.subplots(1, len(known))), known.items(), strict=True
        ):
            ax.set_gid(name)
            histogram(ax, table[name].to_numpy(float), kept, name)
            ax.set_title(words)
            for line, record in zip(LINES, records.values(), strict=False):
                for step in record["filters"]:
                    if step["filter"] == setting and step["applied"]:
                        ax.axvline(step["threshold"], **line)
            x_axis(ax, name, records[first]["unit"])
        top.axes[0].set_ylabel("Cells")
        for ax, name in zip(np.ravel(bottom.subplots(1, len(groups))), groups, strict=True):
            ax.set_gid(name)
            order = style.type_order(table[name].unique(), card if name == "cell_type" else {})
            _bars(ax, table[name], kept, order, longest)
            ax.set_title("Cells per type" if name == "cell_type" else "Cells per batch")
        _explain(fig, list(records), table, known)
    return fig


def _short_name(name: str) -> str:
    """Shorten a long name in its middle: names of cell types often differ at their ends."""
    return name if len(name) <= 42 else f"{name[:24].rstrip()} … {name[-15:].lstrip()}"


def _bars(ax: Axes, column: pd.Series, kept: np.ndarray, order: list[str], longest: int) -> None:
    """Draw a bar per type or batch, all equally thick, with its number of cells at the end."""
    sizes = column[kept].value_counts().reindex(order, fill_value=0).to_numpy()
    lost = column[~kept].value_counts().reindex(order, fill_value=0).to_numpy()
    places = np.arange(len(order))
    ax.barh(places, sizes, height=0.75, color=KEPT_COLOUR, linewidth=0)
    ax.barh(places, lost, left=sizes, height=0.75, color=LOST_COLOUR, linewidth=0)
    for place, size, gone in zip(places, sizes, lost, strict=True):
        text = f" {size:,}" if not gone else f" {size:,} of {size + gone:,}"
        ax.text(size + gone, place, text, va="center", fontsize=6.5)
    ax.set_ylim(longest - 0.4, -0.6)
    ax.set_yticks(places, [_short_name(name) for name in order])
    ax.tick_params(axis="y", length=0)
    ax.set_xlim(0, (sizes + lost).max() * 1.2)
    ax.set_xticks([])  # every bar has its number
    ax.spines[["left", "bottom"]].set_visible(False)


def _explain(fig: mpl.figure.Figure, recipes: list[str], table: pd.DataFrame, known: dict) -> None:
    """Say below what colours and lines mean, and what is not known."""
    kept = (table[recipes[0]] == KEPT).sum()
    handles = [Patch(color=KEPT_COLOUR, label=f"kept: {kept:,} of {len(table):,} cells")]
    if kept < len(table):
        handles.append(Patch(color=LOST_COLOUR, label="removed by a filter"))
    for line, recipe in zip(LINES, recipes, strict=False):
        words = f"thresholds, {RECIPES[recipe]}: {(table[recipe] != KEPT).sum():,} cells removed"
        handles.append(Line2D([], [], label=words, **line))
    absent = [words[0].lower() + words[1:] if words[1].islower() else words
              for name, (words, _) in MEASURES.items() if name not in known]  # fmt: skip
    note = f"Not known, since the file names no such genes: {', '.join(absent)}."
    fig.legend(
        handles=handles,
        loc="outside lower left",
        ncols=2 if len(handles) > 3 else len(handles),
        title=note if absent else None,
        alignment="left",
        columnspacing=1.4,
    )
