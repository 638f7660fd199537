"""From a run folder to rows of ``scores.tsv``, the same for every task."""

from pathlib import Path

import numpy as np
import pandas as pd

from clear.benchmark.methods.outputs import BadOutput, read_status, read_truth, remedy
from clear.benchmark.tasks.task import Task

RUN = ["dataset", "recipe", "perturbation", "method", "seed"]
COLUMNS = [*RUN, "task", "track", "metric", "value", "scorer_sd", "status", "message"]


def score_run(
    task: Task, run: Path, truth: Path, settings: dict, served: list[str]
) -> pd.DataFrame:
    """Return the scores of one run for one task, one row per number.

    Parameters
    ----------
    task
        What to score.
    run
        The run's folder.
    truth
        ``truth.tsv`` of the dataset.
    settings
        The settings ``scores``.
    served
        The tracks on which the method's card lets it be scored.

    Returns
    -------
    DataFrame
        With the columns :data:`COLUMNS`. ``value`` is the mean over the seeds of the scoring,
        ``scorer_sd`` their sample standard deviation, if there are several. A run that did not
        succeed has one row without track, metric and value; a track without a score one row
        with its ``status`` and why (``message``), as a metric that has no value on the dataset.
    """
    status = read_status(run)
    about = {name: status[name] for name in RUN}
    about |= {"task": task.id, "status": status["status"], "message": ""}
    if status["status"] != "ok":
        return pd.DataFrame([about], columns=COLUMNS)
    try:
        scores = task.score(run, status, read_truth(truth), settings)
    except BadOutput as bad:
        lost = {"status": "bad_output", "message": f"{run}/{bad}; {remedy(run)}"}
        return pd.DataFrame([about | lost], columns=COLUMNS)
    rows = []
    for track in served:
        rows += [about | {"track": track} | row for row in _rows(task, track, scores.get(track))]
    return pd.DataFrame(rows, columns=COLUMNS)


def _rows(task: Task, track: str, scores: dict | str | None) -> list[dict]:
    if scores is None:
        outputs = " or ".join(task.tracks[track].outputs)
        message = f"{outputs} is no longer in the run's folder; run the method again"
        return [{"status": "bad_output", "message": message}]
    if isinstance(scores, str):
        return [{"status": "not_applicable", "message": scores}]
    return [{"metric": metric} | _over_seeds(values) for metric, values in scores.items()]


def _over_seeds(values: float | list[float] | str) -> dict:
    if isinstance(values, str):
        return {"status": "not_applicable", "message": values}
    values = np.atleast_1d(values)
    sd = values.std(ddof=1) if len(values) > 1 else None
    return {"value": values.mean(), "scorer_sd": sd}
