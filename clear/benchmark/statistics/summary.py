"""``statistics.tsv``: scores over the seeds of a method, and what became of its other runs."""

from collections import Counter

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
        methods = dict(list(here.groupby("method", sort=False)))
        for track, metric in views.get(setting[1:], []):
            for method, runs in methods.items():
                expected = track in served[setting[-1]][method]
                row = _row(runs, track, metric, expected)
                if row:
                    view = dict(zip(SETTING, setting, strict=True))
                    rows.append(view | {"track": track, "metric": metric, "method": method} | row)
    return pd.DataFrame(rows, columns=COLUMNS)


def lost_runs(text: str | float) -> dict[str, int]:
    """Return the number of lost runs by status, from the column ``lost``."""
    if not isinstance(text, str):
        return {}
    pairs = (part.split(" ") for part in text.split(", "))
    return {status: int(number) for number, status in pairs}


def _row(runs: pd.DataFrame, track: str, metric: str, expected: bool) -> dict | None:
    """Summarise a method's runs, or None where it has nothing to do with the track."""
    status = runs.groupby("seed")["status"].first()
    mine = runs[(runs["track"] == track) & (runs["metric"] == metric)]
    if mine.empty and not (expected and "ok" not in set(status)):
        return None
    values = mine["value"].dropna().astype(float)
    lost = Counter(status[status != "ok"])
    if undefined := len(status) - lost.total() - len(values):
        lost[UNDEFINED] = undefined
    return {
        **values.agg(["mean", "std", "min", "max"]).rename({"std": "sd"}),
        "scored": len(values),
        "planned": len(status),
        "lost": ", ".join(f"{n} {name}" for name, n in lost.items()) or None,
    }
