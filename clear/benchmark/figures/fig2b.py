"""Fig. 2B: UMAP of some methods' embeddings of one dataset."""

import matplotlib as mpl
import pandas as pd

from clear.benchmark.figures import style
from clear.benchmark.figures.figure import Figure
from clear.benchmark.figures.umap import draw_methods

FIGURE = Figure(
    id="fig2b",
    title="Fig. 2B: embeddings of {dataset}",
    caption="UMAP of the embedding with the first seed, coloured by published cell type. ARI: "
    "mean over seeds, true number of types given.",
    per=("dataset", "recipe"),
    reads=("umap", "runs", "statistics", "manifest"),
    order=11,
    category="Clustering",
    close_up=True,
)


def draw(
    umap: pd.DataFrame,
    runs: pd.DataFrame,
    statistics: pd.DataFrame,
    manifest: dict,
    dataset: str,
    recipe: str,
) -> mpl.figure.Figure:
    """Draw one panel for each method of the setting ``close_up``."""
    methods = manifest["config"]["close_up"]["methods"]
    if not methods:
        return style.words("No method of close_up.methods is in this run.")
    return draw_methods(umap, runs, statistics, manifest, dataset, recipe, methods)
