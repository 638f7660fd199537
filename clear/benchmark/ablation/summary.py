"""What the runs of an ablation say: means, and differences between the same cells and seeds."""

import math
from typing import NamedTuple

import pandas as pd

SCORES = ("ari", "nmi", "leiden_ari", "leiden_nmi")


class Difference(NamedTuple):
    """How much better one arm is than another, over pairs of runs.

    Attributes
    ----------
    mean
        Mean over datasets of the mean over seeds; NaN without any pair.
    error
        Standard error of that mean over seeds, with the datasets as they are: the spread over
        seeds of the mean over datasets, divided by the root of the number of seeds. NaN with
        fewer than two seeds.
    pairs
        Number of pairs of runs with the same dataset and seed.
    """

    mean: float
    error: float
    pairs: int


def runs_of(table: pd.DataFrame, key: str) -> pd.DataFrame:
    """Return the successful runs with these settings, indexed by dataset and seed."""
    chosen = table[(table["settings"] == key) & (table["status"] == "ok")]
    return chosen.set_index(["dataset", "seed"]).sort_index()


def differences(table: pd.DataFrame, key: str, reference: str, score: str) -> pd.Series:
    """Return for each dataset and seed that both arms have the score minus the reference's."""
    change = runs_of(table, key)[score] - runs_of(table, reference)[score]
    return change.dropna().astype(float)


def difference(table: pd.DataFrame, key: str, reference: str, score: str) -> Difference:
    """Summarise the paired differences of a score between two arms.

    Parameters
    ----------
    table
        From :func:`clear.benchmark.ablation.store.table`.
    key, reference
        Hashes of the settings of the two arms.
    score
        One of :data:`SCORES`.
    """
    change = differences(table, key, reference, score)
    if change.empty:
        return Difference(math.nan, math.nan, 0)
    mean = change.groupby("dataset").mean().mean()
    # Only seeds that every dataset has: a mean over other datasets is another number.
    per_seed = change.unstack("dataset").dropna().mean(axis=1)
    error = per_seed.std() / math.sqrt(len(per_seed)) if len(per_seed) > 1 else math.nan
    return Difference(float(mean), float(error), len(change))


def by_dataset(
    table: pd.DataFrame, key: str, score: str, reference: str | None = None
) -> pd.DataFrame:
    """Return for each dataset an arm's mean score over seeds, or its paired difference.

    Parameters
    ----------
    table, key, score
        As for :func:`difference`.
    reference
        Hash of the settings to subtract; None: nothing.

    Returns
    -------
    DataFrame
        Indexed by dataset: ``value``; ``error``, its standard error over seeds (NaN with one
        seed); ``collapsed``, whether at least one of the arm's runs collapsed.
    """
    runs = runs_of(table, key)
    values = runs[score] if reference is None else differences(table, key, reference, score)
    seeds = values.astype(float).groupby("dataset")
    return pd.DataFrame(
        {
            "value": seeds.mean(),
            "error": seeds.sem(),
            "collapsed": runs["collapsed"].astype(bool).groupby("dataset").any(),
        }
    ).dropna(subset="value")


def means(table: pd.DataFrame, key: str, columns: list[str]) -> pd.Series:
    """Return the mean of columns over an arm's runs: over seeds, then over datasets."""
    return runs_of(table, key)[columns].astype(float).groupby("dataset").mean().mean()


def collapses(table: pd.DataFrame, key: str) -> tuple[int, int]:
    """Return how many of an arm's runs collapsed, and how many there are."""
    collapsed = runs_of(table, key)["collapsed"].astype(bool)
    return int(collapsed.sum()), len(collapsed)


def failures(table: pd.DataFrame) -> list[str]:
    """Return the messages of the runs that failed, each once."""
    return sorted(set(table.loc[table["status"] != "ok", "message"]))
