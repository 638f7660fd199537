"""``statistics.tsv``: scores over the seeds of a method, and what became of its other runs."""

from collections import Counter, defaultdict

import numpy as np
import pandas as pd

from clear.benchmark.vocabulary import STATUSES, UNDEFINED
from clear.errors import ClearError

SETTING = ["dataset", "recipe", "perturbation", "task"]
COLUMNS = [*SETTING, "track", "metric", "method", "mean", "sd", "scorer_sd", "min", "max"]
COLUMNS += ["scored", "planned", "lost"]


def statistics_table(scores: pd.DataFrame, served: dict[str, dict[str, list[str]]]) -> pd.DataFrame:
    """Summarise the scores of each method over its seeds.

    Parameters
    ----------
    scores
        The table ``scores.tsv``.
    served
        For each task and method the tracks on which its card lets it be scored; it has a row on
        each of them, scored or not.

    Returns
    -------
    DataFrame
        With the columns :data:`COLUMNS`: ``sd`` is the sample standard deviation over the method's
        seeds (none for one seed), ``scorer_sd`` the root mean square of those over the seeds of
        the scoring. ``scored`` and ``planned`` count runs, ``lost`` says what became of the
        others, such as ``1 timeout, 2 undefined`` (read by :func:`lost_runs`). Recipes,
        perturbations, tasks, tracks and metrics are never mixed.

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
    # Of a task: where every run of a recipe or perturbation failed, this has to be seen.
    views = {
        task: list(dict.fromkeys(zip(part["track"], part["metric"], strict=True)))
        for task, part in scores.dropna(subset="metric").groupby("task", sort=False)
    }
    rows = []
    for setting, here in scores.groupby(SETTING, sort=False):
        methods = {method: _Runs(mine) for method, mine in here.groupby("method", sort=False)}
        about = dict(zip(SETTING, setting, strict=True))
        for track, metric in views.get(setting[-1], []):
            for method, mine in methods.items():
                if track in served[setting[-1]][method]:
                    row = {"track": track, "metric": metric, "method": method}
                    rows.append(about | row | mine.summary(track, metric))
    return pd.DataFrame(rows, columns=COLUMNS)


def lost_runs(text: str | float) -> dict[str, int]:
    """Return the number of lost runs by status, from the column ``lost``."""
    if not isinstance(text, str):
        return {}
    pairs = (part.split(" ") for part in text.split(", "))
    return {status: int(number) for number, status in pairs}


class _Runs:
    """The rows of one method in one setting, sorted once: tables of scores are long."""

    def __init__(self, rows: pd.DataFrame):
        self.planned = rows["seed"].nunique()
        self.found, self.lost = defaultdict(list), []
        names = ["seed", "track", "metric", "value", "scorer_sd", "status"]
        for row in rows[names].itertuples(index=False):
            if isinstance(row.metric, str) and not np.isnan(row.value):
                self.found[row.track, row.metric].append(row)
            elif row.status != "ok" or not isinstance(row.metric, str):
                self.lost.append(row)

    def summary(self, track: str, metric: str) -> dict:
        """Summarise one metric over the runs, and the statuses of those without it."""
        found = self.found.get((track, metric), [])
        values, seeds = np.array([row.value for row in found], float), {r.seed for r in found}
        # Of a run that is lost as a whole, on this track, or that this metric does not apply to.
        lost = Counter(
            row.status
            for row in self.lost
            if row.seed not in seeds
            and (row.metric == metric or not isinstance(row.metric, str))
            and (row.track == track or not isinstance(row.track, str))
        )
        if undefined := self.planned - lost.total() - len(values):
            lost[UNDEFINED] = undefined
        some = len(values) > 0
        spreads = np.array([row.scorer_sd for row in found], float)
        spreads = spreads[~np.isnan(spreads)]
        return {
            "mean": values.mean() if some else None,
            "sd": values.std(ddof=1) if len(values) > 1 else None,
            "scorer_sd": np.sqrt((spreads**2).mean()) if len(spreads) else None,
            "min": values.min() if some else None,
            "max": values.max() if some else None,
            "scored": len(values),
            "planned": self.planned,
            "lost": ", ".join(f"{n} {name}" for name, n in lost.items()) or None,
        }
