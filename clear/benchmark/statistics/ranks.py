"""``ranks.tsv``: every number of the page's rankings.

On one dataset a method's score is its mean over seeds. For its rank, a run that failed counts
as the worst score that any ranked run reached there, and a method without any score is last.
Over all datasets, the rank is the mean of the ranks on each (Friedman 1937), the score the mean
of the scores. Recipes, perturbations, tasks, tracks and metrics have ranks of their own. Controls
are shown and not ranked; a method that was not installed or not applicable is not ranked on that
dataset.
"""

from collections import Counter

import numpy as np
import pandas as pd

from clear.benchmark.statistics.summary import lost_runs
from clear.benchmark.vocabulary import NOT_RUN

ALL = "*"  # stands for all datasets; no card can have this id
VIEW = ["recipe", "perturbation", "task", "track", "metric"]
COLUMNS = [*VIEW, "dataset", "method", "rank", "mean", "sd", "scored", "planned", "lost"]
COLUMNS += ["datasets", "of"]


def rank_table(
    statistics: pd.DataFrame, better: dict[str, str | None], controls: list[str]
) -> pd.DataFrame:
    """Rank methods on every dataset and over all.

    Parameters
    ----------
    statistics
        The table ``statistics.tsv``.
    better
        For each metric ``higher`` or ``lower``, or None where nothing is ranked.
    controls
        Methods that are shown and not ranked.

    Returns
    -------
    DataFrame
        With the columns :data:`COLUMNS`, in each view over all datasets (:data:`ALL`) first, then
        by dataset, best rank first: ``rank`` from 1 (ties share their mean rank; none where a
        method is not ranked), ``mean`` and ``sd`` over seeds (over all datasets the means of
        both), numbers of runs ``scored`` and ``planned``, ``lost`` as in ``statistics.tsv``,
        ``datasets`` with a score ``of`` those where it was planned.
    """
    tables = []
    for view, cells in statistics.groupby(VIEW, sort=False):
        cells = cells.assign(rank=np.nan, datasets=(cells["scored"] > 0).astype(int), of=1)
        by_dataset = [part for _, part in cells.groupby("dataset", sort=False)]
        if direction := better[view[-1]]:
            by_dataset = [_ranked(part, direction, controls) for part in by_dataset]
        for part in (_over_datasets(pd.concat(by_dataset)), *by_dataset):
            control = part["method"].isin(controls)
            order = part.assign(control=control).sort_values(["control", "rank"], kind="stable")
            tables.append(order.assign(**dict(zip(VIEW, view, strict=True)))[COLUMNS])
    return pd.concat(tables) if tables else pd.DataFrame(columns=COLUMNS)


def _ranked(rows: pd.DataFrame, better: str, controls: list[str]) -> pd.DataFrame:
    """Fill in the ranks on one dataset; failed runs count as the worst score there."""
    failed = rows["lost"].map(_failed)
    ranked = ((rows["scored"] > 0) | (failed > 0)) & ~rows["method"].isin(controls)
    lower = better == "lower"
    worst = rows.loc[ranked, "max"].max() if lower else rows.loc[ranked, "min"].min()
    total = (rows["mean"] * rows["scored"] + worst * failed) / (rows["scored"] + failed)
    # Rounded, so that means that differ in the last bit only are ties.
    score = total.round(10).fillna(np.inf if lower else -np.inf)
    return rows.assign(rank=score[ranked].rank(ascending=lower))


def _failed(lost: str | float) -> int:
    """Return how many of the lost runs count as failed."""
    return sum(n for status, n in lost_runs(lost).items() if status not in NOT_RUN)


def _over_datasets(cells: pd.DataFrame) -> pd.DataFrame:
    """Rows over all datasets of one view."""
    methods = cells.groupby("method", sort=False)
    table = methods[["rank", "mean", "sd"]].mean()
    table[["scored", "planned", "datasets", "of"]] = methods[
        ["scored", "planned", "datasets", "of"]
    ].sum()
    table["lost"] = methods["lost"].agg(_sum_of_lost)
    return table.reset_index().assign(dataset=ALL)


def _sum_of_lost(column: pd.Series) -> str | None:
    total = sum((Counter(lost_runs(text)) for text in column), Counter())
    return ", ".join(f"{n} {status}" for status, n in total.items()) or None
