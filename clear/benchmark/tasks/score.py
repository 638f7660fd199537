"""From a run folder to rows of ``scores.tsv``, the same for every task."""

from pathlib import Path

import pandas as pd

from clear.benchmark.methods.outputs import read_status, read_truth
from clear.benchmark.tasks.task import Task

RUN = ["dataset", "recipe", "perturbation", "method", "seed"]
COLUMNS = [*RUN, "task", "track", "metric", "value", "status"]


def score_run(task: Task, run: Path, truth: Path, settings: dict) -> pd.DataFrame:
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

    Returns
    -------
    DataFrame
        With the columns :data:`COLUMNS`. A run that did not succeed has one row without track,
        metric and value.
    """
    status = read_status(run)
    about = {name: status[name] for name in RUN}
    about |= {"task": task.id, "status": status["status"]}
    if status["status"] != "ok":
        return pd.DataFrame([about], columns=COLUMNS)
    scores = task.score(run, status, read_truth(truth), settings)
    rows = [
        about | {"track": track, "metric": metric, "value": value}
        for track, values in scores.items()
        for metric, value in values.items()
    ]
    return pd.DataFrame(rows, columns=COLUMNS)
