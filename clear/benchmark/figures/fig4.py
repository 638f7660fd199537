"""Fig. 4: cells in the order of CLEAR, Slingshot and Monocle against their stages."""

import matplotlib as mpl
import pandas as pd

from clear.benchmark.figures.figure import Figure
from clear.benchmark.figures.order import draw_methods
from clear.benchmark.vocabulary import is_control, method_order

FIGURE = Figure(
    id="fig4",
    title="Fig. 4: pseudotime on {dataset}",
    caption="Left: cells of {dataset} by their place in the order of a method, the first seed, "
    "against their stage; cells that are in order lie along the diagonal, whose steps are the "
    "numbers of cells. Cells that a method does not reach from the start share the last place. "
    "Right: UMAP by stage, that of PCA for a method without an embedding. The lines are the order "
    "as a graph (Mapper): cells of about the same place that lie together are a point at their "
    "mean, joined to the points before with which it shares cells. Dotted: it shares none, and is "
    "joined to the nearest. Spearman: mean and standard deviation over seeds, first stage given.",
    per=("dataset", "recipe"),
    reads=("order", "path", "runs", "statistics", "manifest", "card"),
    order=30,
    category="Pseudotime",
    task="pseudotime",
)

SHOWN = ("clear", "slingshot", "monocle")  # beginnings of ids


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
    """Draw a row for each preset of CLEAR, Slingshot and Monocle of the run."""
    methods = [name for name in method_order(manifest) if shown(name, manifest)]
    tables = order, path, runs, statistics
    return draw_methods(*tables, manifest, card, dataset, recipe, methods)


def shown(method: str, manifest: dict) -> bool:
    """Tell whether Fig. 4 shows a method; Figure S21 shows the others."""
    return method.startswith(SHOWN) and not is_control(manifest["methods"][method])
