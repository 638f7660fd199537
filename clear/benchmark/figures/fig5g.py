"""Fig. 5G: the MHC score of monocytes in each donor."""

import matplotlib as mpl
import pandas as pd

from clear.benchmark.figures import study
from clear.benchmark.figures.donor_scores import draw_lists
from clear.benchmark.figures.figure import Figure

FIGURE = Figure(
    id="fig5g",
    title="Fig. 5G: MHC score of monocytes, {dataset}, {method}",
    caption="Dot: mean over a donor's cells, ten or more, of the score of the list (MHC I and MHC "
    "II): mean ln(1 + counts per 10,000) of its genes less that of genes of like expression. n: "
    "donors with so many such cells. q: exact rank sum test over donors between every two "
    "statuses, Benjamini and Hochberg over all tests of a list.",
    per=("dataset", "recipe", "method"),
    reads=("list_scores", "score_tests", "runs", "card"),
    order=56,
    category="Case study",
)


def draw(
    list_scores: pd.DataFrame,
    score_tests: pd.DataFrame,
    runs: pd.DataFrame,
    card: dict,
    dataset: str,
    recipe: str,
    method: str,
) -> mpl.figure.Figure:
    """Draw a panel per list and type."""
    if list_scores.empty:
        return study.no_cells(runs, card, dataset, recipe, method)
    return draw_lists(list_scores, score_tests, card, ("MHC I", "MHC II"))
