"""Fig. 5A: UMAP of a case study by status."""

import matplotlib as mpl
import pandas as pd

from clear.benchmark.figures import study
from clear.benchmark.figures.figure import Figure

FIGURE = Figure(
    id="fig5a",
    title="Fig. 5A: {dataset} by status, {method}",
    caption="UMAP of the embedding with the first seed, coloured by the status of each cell's "
    "donor.",
    per=("dataset", "recipe", "method"),
    reads=("study_umap", "truth", "runs", "card"),
    order=50,
    category="Case study",
)


def draw(
    study_umap: pd.DataFrame,
    truth: pd.DataFrame,
    runs: pd.DataFrame,
    card: dict,
    dataset: str,
    recipe: str,
    method: str,
) -> mpl.figure.Figure:
    """Draw one panel."""
    if study_umap.empty:
        return study.nothing(runs, dataset, recipe, method)
    points = study_umap.merge(truth[["cell", "status"]], on="cell")
    return study.draw_umap(points, "status", study.status_colours(card), "Status")
