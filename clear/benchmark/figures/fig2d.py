"""Fig. 2D: ARI of every method against the share of non-zero values that was set to zero."""

import matplotlib as mpl
import pandas as pd

from clear.benchmark.figures import dropout
from clear.benchmark.figures.figure import Figure
from clear.benchmark.tasks.clustering import TASK
from clear.benchmark.vocabulary import ESTIMATED_K, GIVEN_K, OWN_K

FIGURE = Figure(
    id="fig2d",
    title="Dropout: {dataset} (Fig. 2D)",
    caption="ARI of every method on {dataset} against the share of its non-zero values that was "
    "set to zero before normalisation; every method gets the same draw. Lines go through means "
    "over seeds, bars from the lowest seed to the highest.",
    per=("dataset", "recipe"),
    reads=("statistics", "manifest"),
    order=14,
    category="Clustering",
    perturbed=True,
)


def draw(statistics: pd.DataFrame, manifest: dict, dataset: str, recipe: str) -> mpl.figure.Figure:
    """Draw a panel for each track of Fig. 2A that has scores (:func:`.dropout.draw`)."""
    panels = [[(track, TASK.ranking) for track in (GIVEN_K, ESTIMATED_K, OWN_K)]]
    return dropout.draw(statistics, manifest, dataset, recipe, panels, size=3.4)
