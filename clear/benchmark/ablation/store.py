"""The runs of an ablation in one file: a line each, added as they end."""

import json
import os
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from clear.benchmark.ablation.plan import DATASETS

IDENTITY = ("settings", "dataset", "seed", "sources")
COLUMNS = [*IDENTITY, "arm", "status", "message", "ari", "nmi", "leiden_ari", "leiden_nmi"]
COLUMNS += ["leiden_clusters", "loss", "chance", "accuracy", "embedding_sd", "alignment"]
COLUMNS += ["uniformity", "spread", "collapsed", "seconds"]


def append(path: Path, row: dict) -> None:
    """Add a run to the file, on the disk when this returns.

    Whatever a killed process left of a line stays alone on that line.
    """
    line = json.dumps(row) + "\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab+") as file:
        if file.tell() and not _ends_with_newline(file):
            line = "\n" + line
        file.write(line.encode())
        file.flush()
        os.fsync(file.fileno())


def _ends_with_newline(file) -> bool:
    file.seek(-1, os.SEEK_END)
    return file.read(1) == b"\n"


def read(path: Path) -> list[dict]:
    """Return the runs in the file; none where there is no file yet.

    Lines that are cut off are passed over. Of a run that is there twice the later one counts.
    """
    found = {}
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    for line in lines:
        try:
            row = json.loads(line)
            found[identity(row)] = row
        except (json.JSONDecodeError, KeyError, TypeError):
            continue
    return list(found.values())


def identity(row: dict) -> tuple:
    """Return what makes a run another one: settings, dataset, seed and sources."""
    return tuple(row[name] for name in IDENTITY)


def table(rows: Iterable[dict], sources: str) -> pd.DataFrame:
    """Return the runs of one state of the sources, one row each, without their histories.

    Numbers have four decimals. Datasets stand in the order of the ablation, unknown ones last.

    Parameters
    ----------
    rows
        From :func:`read`.
    sources
        Hash of the sources that must have made them.
    """
    chosen = [row for row in rows if row["sources"] == sources]
    frame = pd.DataFrame(chosen).reindex(columns=COLUMNS).round(4)
    order = {name: place for place, name in enumerate(DATASETS)}
    place = frame["dataset"].map(lambda name: order.get(name, len(order)))
    frame = frame.assign(place=place).sort_values(["place", "dataset", "seed", "settings"])
    return frame.drop(columns="place").reset_index(drop=True)
