"""``ranks.tsv``: every number of the page's rankings.

On one dataset a method's score is its mean over seeds, in which a run that failed counts by a rule
(:mod:`clear.benchmark.statistics.failures`).
Over datasets, two methods are compared on those that both have
(:func:`clear.benchmark.statistics.places.places`). A method is not
compared on a dataset on which its settings were chosen, nor where it was not installed or is not
applicable. Recipes, perturbations, tasks, tracks and metrics have ranks of their own. Controls are
shown and not ranked.
"""

from collections import Counter

import numpy as np
import pandas as pd

from clear.benchmark.statistics.failures import RULES, counted
from clear.benchmark.statistics.places import placed
from clear.benchmark.statistics.scaled import scaled
from clear.benchmark.statistics.summary import lost_runs

# Stand for all datasets, without and with those on which a method's settings were chosen; no card
# can have these ids.
ALL, ALL_AND_TUNED = "*", "**"
VIEW = ["recipe", "perturbation", "task", "track", "metric"]
RANKS = dict(zip(("rank", "rank_worst", "rank_dropped", "rank_common"), RULES, strict=True))
COLUMNS = [*VIEW, "dataset", "method", *RANKS, "mean", "scaled", "sd", "scorer_sd"]
COLUMNS += ["scored", "planned", "lost", "datasets", "of", "tuned"]


def rank_table(
    statistics: pd.DataFrame,
    metrics: dict[str, dict],
    controls: list[str],
    tuned_on: dict[str, list[str]],
) -> pd.DataFrame:
    """Rank methods on every dataset and over all.

    Parameters
    ----------
    statistics
        The table ``statistics.tsv``.
    metrics
        For each metric ``better`` (``higher`` or ``lower``, or None where nothing is ranked), and
        its bounds ``low`` and ``high``, None where there is none.
    controls
        Methods that are shown and not ranked.
    tuned_on
        For each method the datasets on which its settings were chosen.

    Returns
    -------
    DataFrame
        With the columns :data:`COLUMNS`, in each view over all datasets (:data:`ALL`; where a
        method was tuned on one also :data:`ALL_AND_TUNED`) first, then by dataset, best rank first.
        ``rank`` from 1 (ties share their mean rank; none where a method is not ranked), and what
        it would be by other rules: a failed run counts as the worst score that any ranked run
        reached there (``rank_worst``), is left out (``rank_dropped``), or only datasets count on
        which all runs of all methods with any score have one (``rank_common``). ``mean``, ``sd``
        and ``scorer_sd`` as in ``statistics.tsv``, ``scaled``, the mean on the scale between the
        controls (:func:`scaled`; all of these over datasets their means), numbers of runs
        ``scored`` and ``planned``, ``lost`` as there, ``datasets`` with a score ``of`` those where
        it was planned, and ``tuned``, on how many of these its settings were chosen. Over
        :data:`ALL` these are left out of all numbers but ``of`` and ``tuned``.
    """
    tables = []
    for view, cells in statistics.groupby(VIEW, sort=False):
        pairs = zip(cells["method"], cells["dataset"], strict=True)
        tuned = [dataset in tuned_on.get(method, []) for method, dataset in pairs]
        cells = cells.assign(tuned=tuned, datasets=(cells["scored"] > 0).astype(int), of=1)
        cells["scaled"] = scaled(cells, metrics[view[-1]])
        control = cells["method"].isin(controls)
        values = counted(cells, metrics[view[-1]], controls)
        rules = {rank: values[rule].mask(control) for rank, rule in RANKS.items()}
        parts = [_over_datasets(cells, ~cells["tuned"], rules, ALL)]
        if any(tuned):
            everything = pd.Series(True, index=cells.index)
            parts.append(_over_datasets(cells, everything, rules, ALL_AND_TUNED))
        parts += [_on_one(part, rules) for _, part in cells.groupby("dataset", sort=False)]
        for part in parts:
            control = part["method"].isin(controls)
            order = part.assign(control=control).sort_values(["control", "rank"], kind="stable")
            tables.append(order.assign(**dict(zip(VIEW, view, strict=True)))[COLUMNS])
    return pd.concat(tables) if tables else pd.DataFrame(columns=COLUMNS)


def _places(cells: pd.DataFrame, count: pd.Series, rules: dict[str, pd.Series]) -> pd.DataFrame:
    """Return the places of methods by each rule, by the rows of ``cells`` that count."""
    row, datasets = pd.factorize(cells["dataset"])
    column, methods = pd.factorize(cells["method"])
    found, known = {}, {}
    for name, scores in rules.items():
        values = np.full((len(datasets), len(methods)), np.nan)
        values[row, column] = scores.loc[cells.index].where(count)
        key = values.tobytes()  # without failed runs the rules agree
        if key not in known:
            known[key] = placed(values)
        found[name] = known[key]
    return pd.DataFrame(found, index=methods)


def _on_one(cells: pd.DataFrame, rules: dict[str, pd.Series]) -> pd.DataFrame:
    return cells.join(_places(cells, ~cells["tuned"], rules), on="method")


def _over_datasets(
    cells: pd.DataFrame, count: pd.Series, rules: dict[str, pd.Series], name: str
) -> pd.DataFrame:
    """Rows over the datasets that count of one view."""
    numbers = ["mean", "scaled", "sd", "scorer_sd", "scored", "planned", "datasets"]
    shown = cells.assign(**{n: cells[n].astype(float).where(count) for n in numbers})
    shown = shown.assign(lost=cells["lost"].where(count))
    methods = shown.groupby("method", sort=False)
    table = methods[numbers[:4]].mean()
    totals = [*numbers[4:], "of", "tuned"]
    table[totals] = methods[totals].sum().astype(int)
    table["lost"] = methods["lost"].agg(_sum_of_lost)
    return table.join(_places(cells, count, rules)).reset_index().assign(dataset=name)


def _sum_of_lost(column: pd.Series) -> str | None:
    total = sum((Counter(lost_runs(text)) for text in column), Counter())
    return ", ".join(f"{n} {status}" for status, n in total.items()) or None
