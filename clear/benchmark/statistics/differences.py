"""``differences.tsv``: every method against CLEAR, in pairs on the same datasets.

A difference is the method's score minus the reference's, turned so that above zero the method is
the better one. The datasets are those that both have: without those on which the settings of either
were chosen (``*``), and, where a method was tuned on a dataset of the run, with them (``**``).
What fewer than :data:`~clear.benchmark.statistics.intervals.FEWEST` datasets cannot tell is
missing, and the column ``reason`` says so.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from clear.benchmark.statistics.bayes import rope_of, signed_rank
from clear.benchmark.statistics.failures import RULES, counted, counted_runs, sign_of
from clear.benchmark.statistics.intervals import FEWEST, mean_interval
from clear.benchmark.statistics.ranks import ALL, ALL_AND_TUNED, VIEW
from clear.benchmark.statistics.wilcoxon import holm, least_p, signed_rank_p

COLUMNS = [*VIEW, "reference", "method", "dataset", "datasets", "difference", "low", "high"]
COLUMNS += ["wins", "ties", "losses", "p_worse", "p_equivalent", "p_better", "p", "p_holm"]
COLUMNS += ["compared", "p_least", *(f"difference_{rule}" for rule in RULES[1:]), "tuned", "reason"]


def differences_table(
    scores: pd.DataFrame,
    statistics: pd.DataFrame,
    metrics: dict[str, dict],
    references: list[str],
    controls: list[str],
    tuned_on: dict[str, list[str]],
) -> pd.DataFrame:
    """Compare every method with each reference.

    Parameters
    ----------
    scores, statistics
        The tables ``scores.tsv`` and ``statistics.tsv``.
    metrics, controls, tuned_on
        As for :func:`clear.benchmark.statistics.ranks.rank_table`.
    references
        Methods that all others are compared with.

    Returns
    -------
    DataFrame
        With the columns :data:`COLUMNS`. Of each pair a row over datasets: their number, the mean
        ``difference`` and its interval (:func:`mean_interval`), on how many the method is better or
        worse by more than the region of practical equivalence (:func:`rope_of`), the probabilities
        of :func:`signed_rank` that it is worse, equivalent or better, ``p`` of Wilcoxon's test,
        ``p_holm`` over the ``compared`` methods that are no controls, ``p_least`` which that could
        be at the least, and the mean difference by the other rules for failed runs. Then a row per
        dataset with the ``difference`` there and whether either method was ``tuned`` on it.
    """
    keys = [*VIEW, "dataset", "method"]
    values = scores.dropna(subset=["metric", "value"]).groupby(keys)["value"]
    runs = {key: part.to_numpy(float) for key, part in values}
    rows = []
    for view, cells in statistics.groupby(VIEW, sort=False):
        metric = metrics[view[-1]]
        if metric["better"]:
            cells = cells.join(counted(cells, metric, controls))
            per_run = counted_runs(cells, runs, view, sign_of(metric))
            for reference in references:
                about = dict(zip(VIEW, view, strict=True), reference=reference)
                pairs = _pairs(cells, per_run, reference, tuned_on, rope_of(metric))
                rows += [about | row for row in _with_holm(list(pairs), controls)]
    return pd.DataFrame(rows, columns=COLUMNS)


def _pairs(
    cells: pd.DataFrame, runs: dict, reference: str, tuned_on: dict, rope: float
) -> Iterator[dict]:
    """Yield the rows of each method that is compared with a reference."""
    datasets, row = np.unique(cells["dataset"], return_inverse=True)
    column, methods = pd.factorize(cells["method"])
    if reference not in methods:
        return
    of, differences = methods.get_loc(reference), {}
    for rule in RULES:
        values = np.full((len(datasets), len(methods)), np.nan)
        values[row, column] = cells[rule]
        differences[rule] = _minus(values, values[:, [of]]).round(10)
    some = any(set(datasets) & set(tuned_on.get(method, [])) for method in methods)
    scopes = (ALL, ALL_AND_TUNED) if some else (ALL,)
    for i, method in enumerate(methods):
        if method == reference:
            continue
        chosen = [*tuned_on.get(reference, []), *tuned_on.get(method, [])]
        tuned = np.isin(datasets, chosen)
        each = differences[RULES[0]][:, i]
        known = ~np.isnan(each)
        for scope in scopes:
            counts = ~tuned | (scope == ALL_AND_TUNED)
            if scope == ALL or (tuned & known).any():  # else it is the same again
                kept = {rule: found[counts, i] for rule, found in differences.items()}
                kept = {rule: found[~np.isnan(found)] for rule, found in kept.items()}
                ours, theirs = (
                    [runs[d, name] for d in datasets[counts & known]]
                    for name in (method, reference)
                )
                summary = _summary(kept, ours, theirs, rope)
            yield {"method": method, "dataset": scope} | summary
        for dataset, value, is_tuned in zip(
            datasets[known], each[known], tuned[known], strict=True
        ):
            about = {"method": method, "dataset": dataset, "datasets": 1}
            yield about | {"difference": value, "tuned": int(is_tuned)}


def _minus(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """Return differences; where both failed and are infinitely bad there is none."""
    with np.errstate(invalid="ignore"):
        return np.where(ours == theirs, 0.0, ours - theirs)


def _summary(by_rule: dict[str, np.ndarray], ours: list, theirs: list, rope: float) -> dict:
    found = by_rule[RULES[0]]
    n = len(found)
    row = {"datasets": n, "difference": found.mean() if n else None}
    for rule in RULES[1:]:
        row[f"difference_{rule}"] = by_rule[rule].mean() if len(by_rule[rule]) else np.nan
    if not n:
        return row | {"reason": "no dataset in common"}
    row |= {"wins": int((found > rope).sum()), "losses": int((found < -rope).sum())}
    row["ties"] = n - row["wins"] - row["losses"]
    if n < FEWEST:
        few = f"{n} dataset{'s' * (n > 1)}, and {FEWEST} are the fewest for an interval or a test"
        return row | {"reason": few}
    if not all(np.isfinite(runs).all() for runs in (*ours, *theirs)):
        return row | {"reason": "a failed run counts as infinitely bad"}
    row["low"], row["high"] = mean_interval(ours, theirs)
    row["p_worse"], row["p_equivalent"], row["p_better"] = signed_rank(found, rope)
    return row | {"p": signed_rank_p(found)}


def _with_holm(rows: list[dict], controls: list[str]) -> list[dict]:
    """Add the corrected p values, those of each choice of datasets by themselves."""
    for scope in (ALL, ALL_AND_TUNED):
        family = [
            row
            for row in rows
            if row["dataset"] == scope and "p" in row and row["method"] not in controls
        ]
        corrected = holm([row["p"] for row in family])
        least = holm([least_p(row["datasets"]) for row in family])
        for row, p, lowest in zip(family, corrected, least, strict=True):
            row |= {"p_holm": p, "compared": len(family), "p_least": lowest}
    return rows
