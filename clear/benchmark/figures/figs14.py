"""Fig. S14: every metric against the share of non-zero values that was set to zero."""

import matplotlib as mpl
import pandas as pd

from clear.benchmark.figures import dropout
from clear.benchmark.figures.figure import Figure
from clear.benchmark.metrics.metric import all_metrics
from clear.benchmark.tasks.clustering import TASK
from clear.benchmark.vocabulary import EMBEDDING, ESTIMATED_K, GIVEN_K, OWN_K

FIGURE = Figure(
    id="figs14",
    title="Dropout, every metric: {dataset} (Fig. S14)",
    caption="Every metric of every method on {dataset} against the share of its non-zero values "
    "that was set to zero before normalisation; every method gets the same draw. Lines go through "
    "means over seeds, bars from the lowest seed to the highest.",
    per=("dataset", "recipe"),
    reads=("statistics", "manifest"),
    order=15,
    category="Clustering",
    perturbed=True,
)

COLUMNS = 4


def draw(statistics: pd.DataFrame, manifest: dict, dataset: str, recipe: str) -> mpl.figure.Figure:
    """Draw a panel for each track and metric (:func:`.dropout.draw`)."""
    panels = []
    for track in (GIVEN_K, ESTIMATED_K, OWN_K, EMBEDDING):
        kind = TASK.tracks[track].of
        metrics = {name: metric for name, metric in all_metrics().items() if metric.of == kind}
        # Their number, which is not ranked, says nothing where it is given.
        found = [(track, name) for name in metrics if track != GIVEN_K or metrics[name].better]
        panels += [found[i : i + COLUMNS] for i in range(0, len(found), COLUMNS)]
    return dropout.draw(statistics, manifest, dataset, recipe, panels, size=2.1)
