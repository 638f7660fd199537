"""Scores on the way from one preset to the next, one switch after the other."""

import matplotlib as mpl
import pandas as pd

from clear.benchmark.figures import dots
from clear.benchmark.figures.figure import Figure
from clear.benchmark.statistics.ranks import ALL
from clear.benchmark.tsv import rows_where

FIGURE = Figure(
    id="ablation_path",
    title="Ablation: all switches in a row",
    caption="From top to bottom one switch after the other is turned, until each preset has become "
    "the next. What a step changes depends on the steps before it. A dot is the mean over seeds on "
    "one dataset, its line the standard error. The grey line is the mean of the first preset's "
    "encoder at its random start: what needs no training.",
    per=("recipe",),
    reads=("ablation", "manifest"),
    order=61,
    category="Ablation",
)


def draw(ablation: pd.DataFrame, manifest: dict, recipe: str) -> mpl.figure.Figure:
    """Draw a row per step of the path.

    Returns
    -------
    matplotlib.figure.Figure
        One panel per track.
    """
    first = manifest["config"]["ablation"][0]
    start = rows_where(dots.rows(ablation, recipe, "anchor", "mean"), name=first)
    steps = dots.rows(ablation, recipe, "path", "mean")
    steps = steps.assign(label="+ " + steps["name"] + "\n" + steps["change"])
    rows = pd.concat([start.assign(label=first), steps])
    untrained = dots.rows(ablation, recipe, "untrained", "mean")
    untrained = rows_where(untrained, name=first, dataset=ALL)
    lines = untrained.set_index("track")["value"].to_dict()
    return dots.draw(rows, manifest, "ARI", lines, f"untrained encoder of {first}")
