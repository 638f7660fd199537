"""What the tables of scores have in common: their rows, and how a cell is written."""

import pandas as pd

from clear.benchmark.statistics.summary import lost_runs
from clear.benchmark.tasks.clustering import TASK
from clear.benchmark.tsv import rows_where
from clear.benchmark.vocabulary import ESTIMATED_K, GIVEN_K, NONE, OWN_K, RECIPES, status_words

TRACKS = (GIVEN_K, ESTIMATED_K, OWN_K)
METRICS = ("ari", "nmi")
SECTIONS = ("recipe", "track", "metric")


def clustering(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of ARI and NMI without perturbation, by recipe, track and metric."""
    rows = rows_where(table, perturbation=NONE, task=TASK.id)
    rows = rows[rows["track"].isin(TRACKS) & rows["metric"].isin(METRICS)]
    places = {name: i for i, name in enumerate((*RECIPES, *TRACKS, *METRICS))}
    return rows.sort_values(list(SECTIONS), key=lambda names: names.map(places), kind="stable")


def number(value: float, digits: int = 3) -> str:
    """Return a number with fixed decimals and a true minus sign; nothing for NaN."""
    if pd.isna(value):
        return ""
    return f"{round(value, digits) + 0.0:.{digits}f}".replace("-", "\N{MINUS SIGN}")


def mean_sd(row: dict) -> str:
    """Return a mean with its standard deviation, and the runs that are not in it."""
    shown = number(row["mean"])
    if not pd.isna(row["sd"]):
        shown += f" ± {number(row['sd'])}"
    lost = ", ".join(f"{n} {status_words(status)}" for status, n in lost_runs(row["lost"]).items())
    return f"{shown} ({lost})" if shown and lost else shown or lost
