"""Reads the tables and records that figures are drawn from."""

import json
from pathlib import Path

import pandas as pd

# Names that came with the data: a cell type may well be called NA or nan.
FROM_DATA = ("cell", "cell_type", "batch")
WORDS = (
    *("dataset", "recipe", "perturbation", "method", "task", "track", "metric", "status"),
    *("message", "device", "host", "started", "versions", "source_hash"),
)


def read(path: str | Path) -> pd.DataFrame | dict:
    """Return a tab-separated table, or the content of a JSON record.

    Parameters
    ----------
    path
        A ``.tsv``, where what is missing reads NA or nothing, or a ``.json``.
    """
    path = Path(path)
    if path.suffix == ".json":
        return json.loads(path.read_text(encoding="utf-8"))
    columns = pd.read_csv(path, sep="\t", nrows=0).columns
    return pd.read_csv(
        path,
        sep="\t",
        dtype=dict.fromkeys((*FROM_DATA, *WORDS), str),
        keep_default_na=False,
        na_values={name: ["", "NA"] for name in columns if name not in FROM_DATA},
    )
