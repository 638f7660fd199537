"""One tidy table of all scores and one of all runs."""

import json
from pathlib import Path

import pandas as pd

from clear.benchmark.methods.outputs import read_status
from clear.benchmark.tasks.clustering import ABOUT, COLUMNS
from clear.files.atomic import atomic_path

ABOUT_RUN = [*ABOUT, "status", "message", "wall_s", "cpu_s", "peak_memory_mb", "peak_gpu_memory_mb"]
ABOUT_RUN += ["device", "host", "started", "versions", "source_hash"]


def collect_scores(tables: list[Path], missing: list[tuple]) -> pd.DataFrame:
    """Join score tables; runs that could not even start get a row without a number.

    Parameters
    ----------
    tables
        Files that :func:`clear.benchmark.tasks.clustering.score_run` filled.
    missing
        Planned runs (dataset, recipe, perturbation, method, seed) that have no table.
    """
    lost = [dict(zip(ABOUT, run, strict=True)) | {"status": "failed"} for run in missing]
    parts = [pd.read_csv(table, sep="\t") for table in tables]
    parts += [pd.DataFrame([row | {"task": "clustering"}]) for row in lost]
    return pd.concat([part.dropna(axis=1, how="all") for part in parts]).reindex(columns=COLUMNS)


def collect_runs(folders: list[Path], missing: dict[tuple, str]) -> pd.DataFrame:
    """Return one row per run with its status, cost and provenance.

    Parameters
    ----------
    folders
        Run folders.
    missing
        Message for each planned run that has no folder.
    """
    rows = []
    for folder in folders:
        status = read_status(folder)
        status["versions"] = json.dumps(status.get("versions") or {}, sort_keys=True)
        rows.append({name: status.get(name) for name in ABOUT_RUN})
    for run, message in missing.items():
        rows.append(dict(zip(ABOUT, run, strict=True)) | {"status": "failed", "message": message})
    return pd.DataFrame(rows).reindex(columns=ABOUT_RUN)


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write a tab-separated table, atomically; what is missing reads NA."""
    with atomic_path(path) as temporary:
        table.to_csv(temporary, sep="\t", index=False, na_rep="NA", float_format="%.10g")
