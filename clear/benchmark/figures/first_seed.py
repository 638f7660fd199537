"""The run of each method that a figure with one run per method shows: that of its first seed."""

import pandas as pd

from clear.benchmark.tsv import rows_where
from clear.benchmark.vocabulary import NONE


def first_runs(runs: pd.DataFrame, dataset: str, recipe: str) -> pd.DataFrame:
    """Return ``seed`` and ``status`` of the first run of each method, indexed by method.

    Parameters
    ----------
    runs
        The table ``runs.tsv``.
    dataset, recipe
        What the figure shows; without perturbation.
    """
    runs = rows_where(runs, dataset=dataset, recipe=recipe, perturbation=NONE)
    first = runs.sort_values("seed").drop_duplicates("method")
    return first.set_index("method")[["seed", "status"]]


def of_first(table: pd.DataFrame, first: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a table (columns ``method``, ``seed``) that are of the first runs."""
    return table[table["seed"] == table["method"].map(first["seed"])]
