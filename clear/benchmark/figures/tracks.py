"""What the figures of the statistics have in common: the tracks, the rows, the colours."""

import pandas as pd

from clear.benchmark.tasks.clustering import TASK
from clear.benchmark.tsv import rows_where
from clear.benchmark.vocabulary import ESTIMATED_K, GIVEN_K, NONE, TRACKS

DRAWN_TRACKS = (GIVEN_K, ESTIMATED_K)
LINE, GRID, INK = "#7F7F7F", "#DDDDDD", "#1A1A1A"


def ranked(table: pd.DataFrame, recipe: str, **values) -> pd.DataFrame:
    """Return the rows of one recipe with the metric that ranks clusterings."""
    shown = {"recipe": recipe, "perturbation": NONE, "task": TASK.id, "metric": TASK.ranking}
    return rows_where(table, **shown, **values)


def heading(track: str) -> str:
    """Return the title of a track's panel."""
    return TRACKS[track][0].upper() + TRACKS[track][1:]
