"""One tidy table of all scores and one of all runs."""

import json
from pathlib import Path

import pandas as pd

from clear.benchmark.methods.outputs import read_status
from clear.benchmark.tasks.score import COLUMNS, RUN
from clear.benchmark.tsv import read_table
from clear.benchmark.vocabulary import COSTS, status_words

ORIGIN = ["device", "host", "started", "versions", "source_hash"]
ABOUT_RUN = [*RUN, "status", "message", "isolated", "scored", "tasks", *COSTS, *ORIGIN]


def collect_scores(tables: list[Path]) -> pd.DataFrame:
    """Join the tables that hold what :func:`clear.benchmark.tasks.score.score_run` returned."""
    parts = [part for table in tables if len(part := read_table(table))]
    if not parts:
        return pd.DataFrame(columns=COLUMNS)
    return pd.concat([part.dropna(axis=1, how="all") for part in parts]).reindex(columns=COLUMNS)


def collect_runs(folders: list[Path], scores: pd.DataFrame, scoring: dict) -> pd.DataFrame:
    """Return one row per run: its status, what was scored of it, its cost and provenance.

    ``scored`` is how many numbers it gave, ``tasks`` says for each task of the dataset on which
    tracks, or why on none.

    Parameters
    ----------
    folders
        Run folders.
    scores
        All scores, as of :func:`collect_scores`.
    scoring
        For each dataset and method, why each task of the dataset does not score it, or None.
    """
    rows = []
    for folder in folders:
        status = read_status(folder)
        status["versions"] = json.dumps(status.get("versions") or {}, sort_keys=True)
        rows.append({name: status.get(name) for name in ABOUT_RUN})
    numbers = scores.dropna(subset="track").astype({"seed": int})
    tracks = numbers.groupby([*RUN, "task"], sort=False)["track"].unique().to_dict()
    counts = numbers.groupby(RUN)["value"].count()
    for row in rows:
        run = tuple(row[name] for name in RUN)
        words = {
            task: obstacle or _scored(tracks.get((*run, task), []), row["status"])
            for task, obstacle in scoring[row["dataset"]][row["method"]].items()
        }
        row["tasks"] = "; ".join(f"{task}: {text}" for task, text in words.items())
        row["scored"] = counts.get(run, 0)
    return pd.DataFrame(rows).reindex(columns=ABOUT_RUN)


def _scored(tracks, status: str) -> str:
    """Say which tracks of a task a run was scored on, or why on none."""
    if len(tracks):
        return ", ".join(tracks)
    return "nothing to score" if status == "ok" else f"not scored, {status_words(status)}"
