"""Fig. 5D: the paper's marker genes in the types of a case study, as stacked violins."""

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from scipy.ndimage import gaussian_filter1d

from clear.benchmark.casestudy.composition import named
from clear.benchmark.casestudy.panel import VIOLINS
from clear.benchmark.figures import study, style
from clear.benchmark.figures.figure import Figure

FIGURE = Figure(
    id="fig5d",
    title="Fig. 5D: marker genes in {dataset}, {method}",
    caption="Distribution of log-normalised expression of the paper's 25 genes in the cells "
    "of each type, every violin as wide. Each gene has a scale of its own, from 0 to "
    "the number at the right.",
    per=("dataset", "recipe", "method"),
    reads=("panel", "study_types", "composition", "runs"),
    order=53,
    category="Case study",
)

BINS = 60  # of the range of a gene
ROW, COLUMN = 0.24, 0.5  # inches


def draw(
    panel: pd.DataFrame,
    study_types: pd.DataFrame,
    composition: pd.DataFrame,
    runs: pd.DataFrame,
    dataset: str,
    recipe: str,
    method: str,
) -> mpl.figure.Figure:
    """Draw a row per gene and a column per type."""
    if study_types.empty:
        return study.nothing(runs, dataset, recipe, method)
    kinds = panel["cell"].map(named(study_types))
    colours = study.colours_of_types(composition)
    with style.look():
        fig = style.new_figure(1.4 + COLUMN * len(colours), 1.3 + ROW * len(VIOLINS))
        axes = fig.subplots(len(VIOLINS), 1, sharex=True, gridspec_kw={"hspace": 0})
        for ax, gene in zip(axes, VIOLINS, strict=True):
            _row(ax, gene, panel.get(gene), kinds, colours)
        axes[-1].set_xticks(range(len(colours)), list(colours), rotation=45, ha="right")
        axes[-1].set_xlim(-0.6, len(colours) - 0.4)
    return fig


def _row(
    ax: Axes, gene: str, values: pd.Series | None, kinds: pd.Series, colours: dict[str, str]
) -> None:
    ax.set_ylabel(gene, rotation=0, ha="right", va="center", fontstyle="italic")
    ax.set_yticks([])
    ax.tick_params(axis="x", length=0)
    ax.spines[["top", "bottom"]].set_visible(True)
    ax.spines[:].set_color("#DDDDDD")
    if values is None:
        ax.text(0.5, 0.5, "not in the data", transform=ax.transAxes, ha="center", va="center",
                color="#888888", fontsize=6.5)  # fmt: skip
        return
    top = float(values.max()) or 1.0
    edges = np.linspace(0, top, BINS + 1)
    middle = (edges[:-1] + edges[1:]) / 2
    for place, (kind, colour) in enumerate(colours.items()):
        own = values[kinds == kind]
        if own.empty:
            continue
        counts, _ = np.histogram(own, edges)
        scott = own.std(ddof=0) * len(own) ** -0.2 / (edges[1] - edges[0])  # bandwidth in bins
        width = gaussian_filter1d(counts.astype(float), max(scott, 1), mode="constant")
        width *= 0.45 / max(width.max(), 1e-12)
        ax.fill_betweenx(
            middle, place - width, place + width, color=colour, linewidth=0.4, edgecolor="#444444"
        )
    ax.set_ylim(-0.04 * top, 1.04 * top)
    ax.text(1.01, 0.5, f"{top:.1f}", transform=ax.transAxes, va="center", fontsize=6)
