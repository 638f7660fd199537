"""One tidy table of all scores and one of all runs."""

import json
from pathlib import Path

import pandas as pd

from clear.benchmark.methods.outputs import read_status
from clear.benchmark.tasks.clustering import ABOUT, COLUMNS
from clear.files.atomic import atomic_path

ABOUT_RUN = [*ABOUT, "status", "message", "wall_s", "cpu_s", "peak_memory_mb", "peak_gpu_memory_mb"]
ABOUT_RUN += ["device", "host", "started", "versions", "source_hash"]


def collect_scores(tables: list[Path]) -> pd.DataFrame:
    """Join the tables that :func:`clear.benchmark.tasks.clustering.score_run` filled."""
    parts = [pd.read_csv(table, sep="\t") for table in tables]
    return pd.concat([part.dropna(axis=1, how="all") for part in parts]).reindex(columns=COLUMNS)


def collect_runs(folders: list[Path]) -> pd.DataFrame:
    """Return one row per run folder with the run's status, cost and provenance."""
    rows = []
    for folder in folders:
        status = read_status(folder)
        status["versions"] = json.dumps(status.get("versions") or {}, sort_keys=True)
        rows.append({name: status.get(name) for name in ABOUT_RUN})
    return pd.DataFrame(rows).reindex(columns=ABOUT_RUN)


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write a tab-separated table, atomically; what is missing reads NA."""
    with atomic_path(path) as temporary:
        table.to_csv(temporary, sep="\t", index=False, na_rep="NA", float_format="%.10g")
