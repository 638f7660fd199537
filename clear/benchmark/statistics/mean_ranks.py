"""``mean_ranks.tsv``: Friedman's test over all methods, and Nemenyi's critical difference.

Both need every method on every dataset. A method that is compared on less than half of the
datasets is left out; then the datasets count that all the others have. Unlike the places in
``ranks.tsv``, mean ranks of two methods depend on which other ones take part.
"""

from functools import lru_cache

import numpy as np
import pandas as pd
from scipy import stats
from scipy.special import gammaln

from clear.benchmark.statistics.failures import RULES, counted
from clear.benchmark.statistics.intervals import FEWEST
from clear.benchmark.statistics.ranks import ALL, ALL_AND_TUNED, VIEW

ALPHA = 0.05
LEAST_P = 1e-300  # below, numbers become 0
FEWEST_METHODS = 3
COLUMNS = [*VIEW, "dataset", "method", "mean_rank", "datasets", "methods", "chi2", "f", "p"]
COLUMNS += ["critical_difference", "reason"]


def mean_rank_table(
    statistics: pd.DataFrame,
    metrics: dict[str, dict],
    controls: list[str],
    tuned_on: dict[str, list[str]],
) -> pd.DataFrame:
    """Return mean ranks and Friedman's test; what is given is as for :func:`rank_table`.

    Returns
    -------
    DataFrame
        With the columns :data:`COLUMNS`, a row per method that is no control, over the datasets
        without (:data:`ALL`) and, where that differs, with those on which settings were chosen.
        ``mean_rank`` over ``datasets``, 1 is best, of ``methods`` that take part; Friedman's
        ``chi2``, ``f`` of Iman and Davenport with its ``p``, and the ``critical_difference`` of
        mean ranks at the level .05. Where one is missing, ``reason`` says why.
    """
    rows = []
    for view, cells in statistics.groupby(VIEW, sort=False):
        metric = metrics[view[-1]]
        if not metric["better"]:
            continue
        score = counted(cells, metric, controls)[RULES[0]].round(10)
        cells = cells.assign(score=score)[~cells["method"].isin(controls)]
        wide = cells.pivot(index="dataset", columns="method", values="score")
        wide = wide[list(dict.fromkeys(cells["method"]))]
        tuned = {method: wide.index.isin(tuned_on.get(method, [])) for method in wide}
        tables = {ALL: wide.mask(pd.DataFrame(tuned, index=wide.index))}
        if not tables[ALL].equals(wide):
            tables[ALL_AND_TUNED] = wide
        for scope, table in tables.items():
            about = dict(zip(VIEW, view, strict=True)) | {"dataset": scope}
            rows += [about | row for row in _compare(table)]
    return pd.DataFrame(rows, columns=COLUMNS)


def _compare(table: pd.DataFrame) -> list[dict]:
    """Return a row per method of a table of datasets x methods."""
    there = table.dropna(how="all")
    scored = there.notna().sum()
    enough = scored[2 * scored >= len(there)].index if len(there) else []
    block = there[enough].dropna()
    n, k = block.shape
    rows = {
        method: {"reason": f"compared on {scored[method]} of {len(there)} datasets only"}
        for method in table.columns.difference(enough, sort=False)
    }
    shared = {"datasets": n, "methods": k}
    if n < FEWEST or k < FEWEST_METHODS:
        shared["reason"] = f"{k} methods on {n} common dataset{'s' * (n != 1)} are too few; "
        shared["reason"] += f"it takes {FEWEST_METHODS} methods on {FEWEST}"
        return [{"method": m} | rows.get(m, shared) for m in table]
    ranks = block.rank(axis=1, ascending=False)
    shared |= friedman(block.to_numpy()) | {"critical_difference": critical_difference(k, n)}
    rows |= {m: shared | {"mean_rank": mean} for m, mean in ranks.mean().items()}
    return [{"method": m} | rows[m] for m in table]


def friedman(scores: np.ndarray) -> dict[str, float]:
    """Return Friedman's chi2, and F of Iman and Davenport (1980) with its p.

    Where all datasets give the same order F is infinite and its p 0, which no test can give: ``p``
    is at least (k!)^(1 - n), the probability of that, and at least :data:`LEAST_P`.

    Parameters
    ----------
    scores
        Datasets x methods.
    """
    n, k = scores.shape
    if (scores == scores[:, :1]).all():
        return {"chi2": 0.0, "f": 0.0, "p": 1.0}
    chi2 = float(stats.friedmanchisquare(*scores.T).statistic)
    with np.errstate(divide="ignore"):  # the same order everywhere
        f = float(np.divide((n - 1) * chi2, max(n * (k - 1) - chi2, 0.0)))
    least = max(np.exp((1 - n) * gammaln(k + 1)), LEAST_P)
    p = stats.f.sf(f, k - 1, (k - 1) * (n - 1))
    return {"chi2": chi2, "f": f, "p": float(max(p, least))}


@lru_cache
def critical_difference(k: int, n: int) -> float:
    """Return the least significant difference of two mean ranks of k methods on n datasets.

    By Nemenyi's test at the level .05 (Demšar 2006, Journal of Machine Learning Research 7, 1).
    """
    q = stats.studentized_range.ppf(1 - ALPHA, k, np.inf) / np.sqrt(2)
    return float(q * np.sqrt(k * (k + 1) / (6 * n)))
