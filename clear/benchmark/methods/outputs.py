"""What a run left: its status, embedding, clusters and pseudotime, in the order of the truth.

The check of a run and the scores read with these functions, so that what passes can be scored.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import h5py
import numpy as np

from clear.benchmark.methods.contract.outputs import NO_LABEL

if TYPE_CHECKING:  # the check of an embedding needs no pandas, which every run would wait for
    import pandas as pd

#: Up to here the squared distances of a million cells in 1,000 dimensions add up in float32.
LARGEST = 1e14
IDENTITY = ("dataset", "recipe", "perturbation", "method", "seed")


class BadOutput(Exception):
    """An output that cannot be scored; the message says why."""


def read_status(run: Path) -> dict:
    """Return the run's ``status.json``.

    Where it is damaged, or a promised file is gone, the status is ``bad_output`` and the message
    says what is wrong and what to do.
    """
    again = remedy(run)
    try:
        status = json.loads((run / "status.json").read_text(encoding="utf-8"))
        if missing := set(IDENTITY) - set(status):
            raise ValueError(f"{min(missing)} is missing")
    except (OSError, ValueError, TypeError) as error:
        *names, seed = run.parts[-5:]
        known = dict(zip(IDENTITY, (*names, int(seed.removeprefix("seed"))), strict=True))
        message = f"{run}/status.json cannot be read ({error}); {again}"
        return known | {"status": "bad_output", "message": message}
    lost = [name for name in status.get("files", []) if not (run / name).is_file()]
    if lost:
        status |= {"status": "bad_output", "message": f"{run}/{lost[0]} is gone; {again}"}
    return status


def remedy(run: Path) -> str:
    """Say how a run whose folder was damaged is repeated."""
    return f"add to the command: -R {run}"


def read_truth(path: Path) -> pd.DataFrame:
    """Return the truth of a dataset, indexed by cell; every column is text."""
    import pandas as pd

    return pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False).set_index("cell")


def read_embedding(run: Path, cells: Sequence[str]) -> np.ndarray | None:
    """Return the embedding of a run, if it has one.

    Parameters
    ----------
    run
        Its folder.
    cells
        Names of all cells of the dataset.

    Returns
    -------
    ndarray or None
        Cells x dimensions, float32, in the order of ``cells``.

    Raises
    ------
    BadOutput
        When ``embedding.h5`` cannot be read, a cell is missing, unknown or there twice, or a
        number is not finite or above `LARGEST`.
    """
    path = run / "embedding.h5"
    if not path.is_file():
        return None
    X, names = _arrays(path)
    if not np.issubdtype(X.dtype, np.number) or np.issubdtype(X.dtype, np.complexfloating):
        raise BadOutput(f"embedding.h5: X is not numeric but {X.dtype}")
    if X.ndim != 2 or X.shape[1] == 0:
        raise BadOutput(f"embedding.h5: X has the shape {X.shape}, not cells x dimensions")
    if len(X) != len(names):
        raise BadOutput(f"embedding.h5: X has {len(X)} rows for {len(names)} cells")
    X = X[_rows("embedding.h5", names, cells)]
    for bad, what in (
        (~np.isfinite(X), "NaN or infinite"),
        (np.abs(X) > LARGEST, f"above {LARGEST:.0e}, where distances overflow in float32"),
    ):
        rows, dimensions = np.nonzero(bad)
        if len(rows):
            raise BadOutput(
                f"embedding.h5: {len(rows)} values are {what}, the first for the cell "
                f"{cells[rows[0]]} in dimension {dimensions[0] + 1}"
            )
    return X.astype(np.float32)


def read_clusters(run: Path, cells: Sequence[str]) -> dict[str, np.ndarray]:
    """Return the method's own clusters by track, each in the order of ``cells``, as text.

    Raises
    ------
    BadOutput
        When ``clusters.tsv`` is no such table, or a cell is missing, unknown, there twice or
        without a cluster.
    """
    import pandas as pd

    path = run / "clusters.tsv"
    if not path.is_file():
        return {}
    clusters = {}
    for track, part in _table(path, ["cell", "cluster", "track"]).groupby("track"):
        where = f"clusters.tsv, track {track}"
        labels = part["cluster"].to_numpy()[_rows(where, part["cell"], cells)]
        without = cells[pd.Series(labels, dtype=str).str.strip().isin(NO_LABEL)]
        if len(without):
            raise BadOutput(
                f"{where}: {len(without)} cells have no cluster, the first is {without[0]}"
            )
        clusters[track] = labels
    return clusters


def read_pseudotime(run: Path, cells: Sequence[str]) -> np.ndarray | None:
    """Return the pseudotime of a run (float64, no unit, in the order of ``cells``), if any.

    Raises
    ------
    BadOutput
        When ``pseudotime.tsv`` is no such table, a cell is missing, unknown or there twice, or a
        value is not finite.
    """
    import pandas as pd

    path = run / "pseudotime.tsv"
    if not path.is_file():
        return None
    table = _table(path, ["cell", "pseudotime"])
    values = pd.to_numeric(table["pseudotime"], errors="coerce").to_numpy(dtype=float)
    values = values[_rows("pseudotime.tsv", table["cell"], cells)]
    bad = cells[~np.isfinite(values)]
    if len(bad):
        raise BadOutput(
            f"pseudotime.tsv: {len(bad)} cells have no finite pseudotime, the first is {bad[0]}"
        )
    return values


def _arrays(path: Path) -> tuple[np.ndarray, list[str]]:
    try:
        with h5py.File(path, "r") as file:
            for name in ("X", "cells"):
                found = file.get(name)
                if not isinstance(found, h5py.Dataset):
                    raise BadOutput(f"{path.name} has no dataset {name}")
                within = isinstance(file.get(name, getlink=True), h5py.HardLink)
                if not within or found.external or found.is_virtual:
                    raise BadOutput(f"{path.name}: the values of {name} are not in the file itself")
            X, names = file["X"][()], np.atleast_1d(file["cells"][()])
    except (OSError, RuntimeError, ValueError, TypeError) as error:
        raise BadOutput(f"{path.name} is not a readable HDF5 file: {error}") from error
    return X, [n.decode("utf-8", "replace") if isinstance(n, bytes) else str(n) for n in names]


def _table(path: Path, columns: list[str]) -> pd.DataFrame:
    import pandas as pd

    try:
        table = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
    except (ValueError, OSError) as error:
        first = str(error).strip().splitlines()[0]
        raise BadOutput(f"{path.name} is not a table separated by tabs: {first}") from error
    missing = [name for name in columns if name not in table]
    if missing:
        raise BadOutput(f"{path.name} has no column {missing[0]!r}")
    return table


def _rows(where: str, names: Iterable[str], cells: Sequence[str]) -> np.ndarray:
    """Return the row of each cell, when every cell is there once and no other."""
    names, known = list(names), set(cells)
    row = {name: i for i, name in enumerate(names)}
    if twice := [name for i, name in enumerate(names) if row[name] != i]:
        raise BadOutput(f"{where}: {len(twice)} cells occur more than once, such as {twice[0]}")
    if unknown := row.keys() - known:
        raise BadOutput(
            f"{where}: {len(unknown)} cells are not in the input, such as {min(unknown)!r}"
        )
    if missing := known - row.keys():
        raise BadOutput(
            f"{where}: {len(missing)} of {len(cells)} cells are missing, such as {min(missing)}"
        )
    return np.array([row[cell] for cell in cells], dtype=np.intp)
