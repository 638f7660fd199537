"""What each switch alone changes in the first preset of an ablation."""

import matplotlib as mpl
import pandas as pd

from clear.benchmark.figures import dots
from clear.benchmark.figures.figure import Figure

FIGURE = Figure(
    id="ablation_single",
    title="Ablation: one switch turned",
    caption="The first preset with one switch at a time at the second one's value: change of the "
    "ARI in pairs of runs with the same dataset and seed. A dot is the mean over seeds on one "
    "dataset, its line the standard error over seeds, which says nothing of other datasets.",
    per=("recipe",),
    reads=("ablation", "manifest"),
    order=60,
    category="Ablation",
)


def draw(ablation: pd.DataFrame, manifest: dict, recipe: str) -> mpl.figure.Figure:
    """Draw a row per switch, from and as in :func:`clear.benchmark.figures.ablation_path.draw`."""
    rows = dots.rows(ablation, recipe, "single", "difference")
    rows["label"] = rows["name"] + "\n" + rows["change"]
    lines = dict.fromkeys(dots.DRAWN_TRACKS, 0.0)
    return dots.draw(rows, manifest, "Change of the ARI", lines, manifest["config"]["ablation"][0])
