"""One tidy table of all scores and one of all runs."""

import json
from pathlib import Path

import pandas as pd

from clear.benchmark.methods.outputs import read_status
from clear.benchmark.metrics.metric import metrics_of
from clear.benchmark.tasks.registry import all_tasks, without_curves
from clear.benchmark.tasks.score import COLUMNS, RUN
from clear.benchmark.tsv import read_table
from clear.benchmark.vocabulary import COSTS, STATUSES, status_words
from clear.errors import ClearError

ORIGIN = ["device", "gpu", "host", "slurm_job", "started", "versions", "source_hash"]
ABOUT_RUN = [*RUN, "status", "message", "isolated", "scored", "tasks", *COSTS, *ORIGIN]


def collect_scores(
    tables: list[Path], folders: list[Path], served: dict[str, dict[str, list[str]]]
) -> pd.DataFrame:
    """Join the tables that hold what :func:`clear.benchmark.tasks.score.score_run` returned.

    Parameters
    ----------
    tables
        ``<task>/<dataset>/<recipe>/<perturbation>/<method>.tsv``.
    folders
        The folders of all planned runs.
    served
        For each task and method the tracks on which its card lets it be scored.

    Raises
    ------
    ClearError
        When a table lacks something of a planned run, as after a crash of the machine.
    """
    statuses = {}
    for folder in folders:
        status = read_status(folder)
        statuses.setdefault(folder.parts[-5:-1], {})[status["seed"]] = status["status"]
    parts = []
    for table in tables:
        task, *run = table.with_suffix("").parts[-5:]
        if (task_served := served[task][run[-1]]) and (runs := statuses[tuple(run)]):
            parts.append(_whole(table, runs, all_tasks()[task].tracks, task_served))
    if not parts:
        return pd.DataFrame(columns=COLUMNS)
    return pd.concat([part.dropna(axis=1, how="all") for part in parts]).reindex(columns=COLUMNS)


def _whole(table: Path, runs: dict[int, str], tracks: dict, served: list[str]) -> pd.DataFrame:
    """Read a table and make sure that it has all rows of the runs, given by seed with status."""
    try:
        part = read_table(table)
        if not part["status"].isin(["ok", *STATUSES]).all():
            raise ValueError("a row has no status")
        for seed, status in runs.items():
            rows = part[part["seed"] == seed]
            if status != "ok" or rows["track"].isna().any():
                whole = len(rows) == 1
            else:
                whole = all(_complete(rows[rows["track"] == t], tracks[t]) for t in served)
            if not whole:
                raise ValueError(f"rows of seed {seed} are missing")
    except (ValueError, KeyError) as error:
        raise ClearError(
            f"{table}: not whole ({error}); delete it and run the same command again."
        ) from error
    return part


def _complete(rows: pd.DataFrame, track) -> bool:
    """Tell whether a track has every metric of its kind, or one row that says why it has none."""
    if rows["metric"].isna().any():
        return len(rows) == 1
    return sorted(rows["metric"]) == sorted(metrics_of(track.of))


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
    by_run = dict(list(scores.astype({"seed": int}).groupby([*RUN, "task"], sort=False)))
    for row in rows:
        run, words, row["scored"] = tuple(row[name] for name in RUN), [], 0
        for task, obstacle in scoring[row["dataset"]][row["method"]].items():
            mine = by_run.get((*run, task), scores[:0])
            words.append(f"{task}: {obstacle or _scored(mine, row['status'])}")
            row["scored"] += mine["value"].count()
        row["tasks"] = "; ".join(words)
    return pd.DataFrame(rows).reindex(columns=ABOUT_RUN)


def _scored(rows: pd.DataFrame, status: str) -> str:
    """Say on which tracks a task scored a run, and why not on others."""
    if status != "ok":
        return f"not scored, {status_words(status)}"
    rows = without_curves(rows)
    numbers = rows[rows["metric"].notna()]["track"].unique()
    lost = rows[rows["metric"].isna()].fillna({"track": "scored"})
    reasons = lost.groupby("message", sort=False)["track"].agg(", ".join)
    words = [", ".join(numbers)] if len(numbers) else []
    words += [f"not {names} ({reason})" for reason, names in reasons.items()]
    return ", ".join(words) or "nothing to score"
