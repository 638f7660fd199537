"""Scores of an embedding, by the code that scores a method's run in the workflow."""

import json
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pandas as pd

from clear.benchmark.methods.contract import write_embedding
from clear.benchmark.own_embedding.own import Own
from clear.benchmark.tasks.registry import all_tasks
from clear.benchmark.tasks.score import COLUMNS, RUN, score_run
from clear.benchmark.tasks.task import Task
from clear.benchmark.vocabulary import NONE
from clear.clusters import N_NEIGHBORS

METHOD = {"outputs": ["embedding"], "told": []}  # what a card of the embedding would say


def tasks_for(own: Own) -> list[Task]:
    """Return the tasks that can score the embedding, by what is known of its cells."""
    known = {"label", *(["batch"] if "batch" in own.truth else [])}
    return [
        task
        for task in all_tasks().values()
        if set(task.needs) <= known and task.served(METHOD)
    ]  # fmt: skip


def score_own(own: Own, n_neighbors: int | None) -> pd.DataFrame:
    """Return rows as in ``scores.tsv`` (:data:`clear.benchmark.tasks.score.COLUMNS`).

    The embedding is written as a method writes it and read as the workflow reads it.

    Parameters
    ----------
    own
        The embedding; ``method`` is its name, ``seed`` 0.
    n_neighbors
        Neighbours in the graph for Leiden; None: the workflow's default.
    """
    cells = [f"cell_{i:06d}" for i in range(len(own.values))]
    about = (own.dataset, own.recipe, NONE if own.dataset else None, own.name, 0)
    status = dict(zip(RUN, about, strict=True)) | {"status": "ok"}
    settings = {"n_neighbors": n_neighbors or N_NEIGHBORS}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_embedding(SimpleNamespace(output=name), own.values, cells)
        (folder / "status.json").write_text(json.dumps(status), encoding="utf-8")
        truth = folder / "truth.tsv"
        own.truth.set_axis(pd.Index(cells, name="cell")).to_csv(truth, sep="\t")
        parts = [
            score_run(task, folder, truth, settings, task.served(METHOD)) for task in tasks_for(own)
        ]
    return pd.concat([part.dropna(axis=1, how="all") for part in parts]).reindex(columns=COLUMNS)
