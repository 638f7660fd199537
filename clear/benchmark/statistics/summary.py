"""``statistics.tsv``: scores over the seeds of a method, and what became of its other runs."""

from collections import Counter

import numpy as np
import pandas as pd

from clear.benchmark.vocabulary import STATUSES, UNDEFINED
from clear.errors import ClearError

SETTING = ["dataset", "recipe", "perturbation", "task"]
COLUMNS = [*SETTING, "track", "metric", "method", "mean", "sd", "min", "max"]
COLUMNS += ["scored", "planned", "lost"]


def statistics_table(scores: pd.DataFrame, served: dict[str, dict[str, list[str]]]) -> pd.DataFrame:
    """Summarise the scores of each method over its seeds.

    Parameters
    ----------
    scores
        The table ``scores.tsv``.
    served
        For each task and method the tracks on which its card lets it be scored: a method of which
        no run succeeded has a row there too.

    Returns
    -------
    DataFrame
        With the columns :data:`COLUMNS`: ``sd`` is the sample standard deviation (none for one
        seed), ``scored`` and ``planned`` count runs, ``lost`` says what became of the others, such
        as ``1 timeout, 2 undefined`` (read by :func:`lost_runs`). Recipes, perturbations, tasks,
        tracks and metrics are never mixed.

    Raises
    ------
    ClearError
        For an unknown status.
    """
    if unknown := set(scores["status"]) - {"ok", *STATUSES}:
        raise ClearError(
            f"The status '{unknown.pop()}' in the scores is unknown; it must be ok or one of "
            f"{', '.join(STATUSES)}."
        )
    numbers = scores.dropna(subset="metric")
    views = {
        setting: list(dict.fromkeys(zip(part["track"], part["metric"], strict=True)))
        for setting, part in numbers.groupby(SETTING[1:], sort=False)
    }
    rows = []
    for setting, here in scores.groupby(SETTING, sort=False):
        runs = here.groupby(["method", "seed"], sort=False)["status"].first()
        values = dict(list(here.groupby(["method", "track", "metric"])["value"]))
        for track, metric in views.get(setting[1:], []):
            for method, status in runs.groupby("method", sort=False):
                lost_all = not (status == "ok").any()
                mine = values.get((method, track, metric))
                if mine is None and not (lost_all and track in served[setting[-1]][method]):
                    continue
                numbers = [] if mine is None else mine.dropna()
                row = dict(zip(SETTING, setting, strict=True))
                row |= {"track": track, "metric": metric, "method": method}
                rows.append(row | _summary(np.asarray(numbers, float), status))
    return pd.DataFrame(rows, columns=COLUMNS)


def lost_runs(text: str | float) -> dict[str, int]:
    """Return the number of lost runs by status, from the column ``lost``."""
    if not isinstance(text, str):
        return {}
    pairs = (part.split(" ") for part in text.split(", "))
    return {status: int(number) for number, status in pairs}


def _summary(values: np.ndarray, status: pd.Series) -> dict:
    """Summarise the values of a method's runs, and the statuses of those without one."""
    lost = Counter(status[status != "ok"])
    if undefined := len(status) - lost.total() - len(values):
        lost[UNDEFINED] = undefined
    several, some = len(values) > 1, len(values) > 0
    return {
        "mean": values.mean() if some else None,
        "sd": values.std(ddof=1) if several else None,
        "min": values.min() if some else None,
        "max": values.max() if some else None,
        "scored": len(values),
        "planned": len(status),
        "lost": ", ".join(f"{n} {name}" for name, n in lost.items()) or None,
    }
