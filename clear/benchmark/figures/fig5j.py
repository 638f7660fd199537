"""Fig. 5J: gene sets that differ in monocytes of severe disease."""

import matplotlib as mpl
import pandas as pd

from clear.benchmark.figures import study
from clear.benchmark.figures.figure import Figure
from clear.benchmark.figures.set_bars import draw_sets

FIGURE = Figure(
    id="fig5j",
    title="Fig. 5J: gene sets of the last status, {dataset}, {method}",
    caption="Preranked enrichment of the genes whose log2 fold change is beyond 0.25, in the first "
    "type of monocytes: up to ten sets on either side with the least p; in brackets how many of "
    "the ranked genes a set has. q: false discovery rate over all sets.",
    per=("dataset", "recipe", "method"),
    reads=("gsea", "differential", "runs", "card"),
    order=59,
    category="Case study",
)


def draw(
    gsea: pd.DataFrame,
    differential: pd.DataFrame,
    runs: pd.DataFrame,
    card: dict,
    dataset: str,
    recipe: str,
    method: str,
) -> mpl.figure.Figure:
    """Draw a panel for the fold changes by cells and one for those by donors."""
    if differential.empty:
        return study.no_cells(runs, card, dataset, recipe, method)
    return draw_sets(gsea, card, card["statuses"][-1])
