"""Figure S21: cells in the order of Scanpy, scDHA and the other methods against their stages."""

import matplotlib as mpl
import pandas as pd

from clear.benchmark.figures.fig4 import shown
from clear.benchmark.figures.figure import Figure
from clear.benchmark.figures.order import draw_methods
from clear.benchmark.vocabulary import method_order

FIGURE = Figure(
    id="figs21",
    title="Figure S21: pseudotime of other methods on {dataset}",
    caption="As Fig. 4, for Scanpy, scDHA and all other methods that order the cells of {dataset} "
    "from the first stage on, controls last.",
    per=("dataset", "recipe"),
    reads=("order", "path", "runs", "statistics", "manifest", "card"),
    order=31,
    category="Pseudotime",
    task="pseudotime",
)


def draw(
    order: pd.DataFrame,
    path: pd.DataFrame,
    runs: pd.DataFrame,
    statistics: pd.DataFrame,
    manifest: dict,
    card: dict,
    dataset: str,
    recipe: str,
) -> mpl.figure.Figure:
    """Draw a row for each method that Fig. 4 does not show."""
    methods = [name for name in method_order(manifest) if not shown(name, manifest)]
    tables = order, path, runs, statistics
    return draw_methods(*tables, manifest, card, dataset, recipe, methods)
