"""Fig. 5B: UMAP of a case study by type."""

import matplotlib as mpl
import pandas as pd

from clear.benchmark.casestudy.composition import named
from clear.benchmark.figures import study
from clear.benchmark.figures.figure import Figure

FIGURE = Figure(
    id="fig5b",
    title="Fig. 5B: {dataset} by type, {method}",
    caption="UMAP of the embedding with the first seed, coloured by the type of each cell's "
    "cluster (Leiden at resolution 1.2), which the declared markers name. Unsure: no "
    "type of the table leads by enough.",
    per=("dataset", "recipe", "method"),
    reads=("study_umap", "study_types", "composition", "runs"),
    order=51,
    category="Case study",
)


def draw(
    study_umap: pd.DataFrame,
    study_types: pd.DataFrame,
    composition: pd.DataFrame,
    runs: pd.DataFrame,
    dataset: str,
    recipe: str,
    method: str,
) -> mpl.figure.Figure:
    """Draw one panel."""
    if study_umap.empty:
        return study.nothing(runs, dataset, recipe, method)
    points = study_umap.merge(named(study_types).rename("type").reset_index(), on="cell")
    return study.draw_umap(points, "type", study.colours_of_types(composition), "Type")
