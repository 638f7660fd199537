"""What a method's score on a dataset is when some of its runs failed: by one rule, and three more.

By the rule ``random`` a failed run counts as the score of the random control there (without one,
as the worst value that the metric can have); by ``worst`` as the lowest score of any ranked run
there; by ``dropped`` it is left out; ``common`` is ``random`` on those datasets only on which all
runs of all ranked methods with any score have one. A run that says nothing of the method
(:data:`clear.benchmark.vocabulary.NOT_RUN`) is left out by all of them.
"""

import numpy as np
import pandas as pd

from clear.benchmark.statistics.summary import lost_runs
from clear.benchmark.vocabulary import NOT_RUN

RULES = ("random", "worst", "dropped", "common")
RANDOM = "control_random"


def counted(cells: pd.DataFrame, metric: dict, controls: list[str]) -> pd.DataFrame:
    """Return what each method counts for on each dataset of one view.

    Parameters
    ----------
    cells
        Rows of ``statistics.tsv`` with one recipe, perturbation, task, track and metric.
    metric
        ``better`` (``higher`` or ``lower``, or None where nothing is compared), and the bounds
        ``low`` and ``high``, None where there is none.
    controls
        Methods that are not ranked: they count for themselves, and change nothing for others.

    Returns
    -------
    DataFrame
        Indexed as ``cells``: a column for each of :data:`RULES`, higher is better (of a metric of
        which the lower is better, the negative), NaN where the method is not compared; ``failed``,
        the number of failed runs, and ``penalty``, what each counts for by the first rule.
    """
    if not metric["better"]:
        nothing = dict.fromkeys([*RULES, "penalty"], np.nan)
        return pd.DataFrame(nothing, index=cells.index).assign(failed=0)
    sign = sign_of(metric)
    bound = metric["high" if sign < 0 else "low"]
    bound = -np.inf if bound is None else sign * bound
    failed, control = cells["lost"].map(_failed), cells["method"].isin(controls)
    mean = sign * cells["mean"].astype(float)
    random = cells[cells["method"] == RANDOM].set_index("dataset")["mean"].astype(float)
    lowest = (sign * cells["max" if sign < 0 else "min"].astype(float)).mask(control)
    worst = lowest.groupby(cells["dataset"]).transform("min")
    penalty = (sign * cells["dataset"].map(random)).fillna(bound)

    def with_failed(penalty: pd.Series) -> pd.Series:
        runs = cells["scored"] + failed
        reached = (mean * cells["scored"]).where(cells["scored"] > 0, 0)
        lost = (penalty * failed).where(failed > 0, 0)
        return (reached + lost) / runs.where(runs > 0)

    found = with_failed(penalty)
    some = cells.groupby("method")["scored"].transform("sum") > 0
    holes = (cells["scored"] < cells["planned"]) & some & ~control
    common = ~holes.groupby(cells["dataset"]).transform("any")
    values = [found, with_failed(worst.fillna(bound)), mean, found.where(common)]
    rules = dict(zip(RULES, values, strict=True))
    return pd.DataFrame(rules).assign(failed=failed, penalty=penalty)


def counted_runs(cells: pd.DataFrame, runs: dict, view: tuple, sign: int) -> dict:
    """Return what each run counts for by the first rule, by dataset and method."""
    found = {}
    for row in cells.itertuples():
        reached = sign * runs.get((*view, row.dataset, row.method), np.empty(0))
        lost = np.repeat(row.penalty, row.failed)
        found[row.dataset, row.method] = np.concatenate([reached, lost])
    return found


def sign_of(metric: dict) -> int:
    """Return by what a metric's values are multiplied so that higher is better."""
    return -1 if metric["better"] == "lower" else 1


def _failed(lost: str | float) -> int:
    """Return how many of the lost runs count as failed."""
    return sum(n for status, n in lost_runs(lost).items() if status not in NOT_RUN)
