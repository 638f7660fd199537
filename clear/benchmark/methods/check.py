"""Check what a method wrote before anything is scored.

    python -m clear.benchmark.methods.check FOLDER INPUT.h5ad embedding,clusters_given_k

prints ``{"ok": true, "message": ""}`` or says what is wrong. It runs in the main environment,
whatever the method's own.
"""

import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import h5py
import numpy as np
import pandas as pd

from clear.benchmark.vocabulary import CLUSTERS

#: What stands for "no cluster" in one tool or the other.
NO_LABEL = ["", "nan", "NaN", "NA", "None"]


class BadOutput(Exception):
    """An output that cannot be scored; the message says why."""


def check_outputs(folder: str | Path, input_file: str | Path, outputs: Iterable[str]) -> str | None:
    """Look for anything that would keep the outputs of a run from being scored.

    Parameters
    ----------
    folder
        Where the method wrote.
    input_file
        The ``input.h5ad`` that it was given.
    outputs
        What its card promises: ``embedding``, ``clusters_given_k``, ``clusters_estimated_k``,
        ``pseudotime``.

    Returns
    -------
    str or None
        One sentence about the first thing that is wrong; None if all is well.
    """
    folder, outputs = Path(folder), set(outputs)
    cells = _input_cells(input_file)
    try:
        if "embedding" in outputs:
            _embedding(_promised(folder / "embedding.h5"), cells)
        tracks = {CLUSTERS[name] for name in outputs & set(CLUSTERS)}
        if tracks:
            _clusters(_promised(folder / "clusters.tsv"), tracks, cells)
        if "pseudotime" in outputs:
            _pseudotime(_promised(folder / "pseudotime.tsv"), cells)
    except BadOutput as bad:
        return str(bad)
    return None


def _embedding(path: Path, cells: pd.Index) -> None:
    try:
        with h5py.File(path, "r") as file:
            for name in ("X", "cells"):
                if not isinstance(file.get(name), h5py.Dataset):
                    raise BadOutput(f"embedding.h5 has no dataset {name}")
            X, names = file["X"][()], np.atleast_1d(file["cells"][()])
    except (OSError, RuntimeError, ValueError, TypeError) as error:
        raise BadOutput(f"embedding.h5 is not a readable HDF5 file: {error}") from error
    if not np.issubdtype(X.dtype, np.number) or np.issubdtype(X.dtype, np.complexfloating):
        raise BadOutput(f"embedding.h5: X is not numeric but {X.dtype}")
    if X.ndim != 2 or X.shape[1] == 0:
        raise BadOutput(f"embedding.h5: X has the shape {X.shape}, not cells x dimensions")
    if len(X) != len(names):
        raise BadOutput(f"embedding.h5: X has {len(X)} rows for {len(names)} cells")
    names = [n.decode("utf-8", "replace") if isinstance(n, bytes) else str(n) for n in names]
    _same_cells("embedding.h5", names, cells)
    rows, dimensions = np.nonzero(~np.isfinite(X))
    if len(rows):
        raise BadOutput(
            f"embedding.h5: {len(rows)} values are NaN or infinite, the first for the cell "
            f"{names[rows[0]]} in dimension {dimensions[0] + 1}"
        )


def _clusters(path: Path, tracks: set[str], cells: pd.Index) -> None:
    table = _table(path, ["cell", "cluster", "track"])
    extra = sorted(set(table["track"]) - tracks)
    if extra:
        raise BadOutput(f"clusters.tsv: the card does not promise the track {extra[0]!r}")
    for track in sorted(tracks):
        rows = table[table["track"] == track]
        if rows.empty:
            raise BadOutput(f"clusters.tsv: the promised track {track} is missing")
        _same_cells(f"clusters.tsv, track {track}", rows["cell"], cells)
        without = rows["cell"][rows["cluster"].str.strip().isin(NO_LABEL)]
        if len(without):
            raise BadOutput(
                f"clusters.tsv, track {track}: {len(without)} cells have no cluster, "
                f"the first is {without.iloc[0]}"
            )


def _pseudotime(path: Path, cells: pd.Index) -> None:
    table = _table(path, ["cell", "pseudotime"])
    _same_cells("pseudotime.tsv", table["cell"], cells)
    values = pd.to_numeric(table["pseudotime"], errors="coerce")
    bad = table["cell"][~np.isfinite(values)]
    if len(bad):
        raise BadOutput(
            f"pseudotime.tsv: {len(bad)} cells have no finite pseudotime, "
            f"the first is {bad.iloc[0]}"
        )


def _promised(path: Path) -> Path:
    if not path.is_file():
        raise BadOutput(f"the promised file {path.name} was not written")
    return path


def _table(path: Path, columns: list[str]) -> pd.DataFrame:
    try:
        table = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
    except (ValueError, OSError) as error:
        first = str(error).strip().splitlines()[0]
        raise BadOutput(f"{path.name} is not a table separated by tabs: {first}") from error
    missing = [name for name in columns if name not in table]
    if missing:
        raise BadOutput(f"{path.name} has no column {missing[0]!r}")
    return table


def _same_cells(where: str, names: Sequence[str], cells: pd.Index) -> None:
    """Every cell of the input once, and no other."""
    index = pd.Index(names)
    twice = index[index.duplicated()]
    if len(twice):
        raise BadOutput(f"{where}: {len(twice)} cells occur more than once, such as {twice[0]}")
    unknown = index.difference(cells)
    if len(unknown):
        raise BadOutput(
            f"{where}: {len(unknown)} cells are not in the input, such as {unknown[0]!r}"
        )
    missing = cells.difference(index)
    if len(missing):
        raise BadOutput(
            f"{where}: {len(missing)} of {len(cells)} cells are missing, such as {missing[0]}"
        )


def _input_cells(path: str | Path) -> pd.Index:
    with h5py.File(path, "r") as file:
        return pd.Index(file["obs"][file["obs"].attrs["_index"]].asstr()[()])


def main(argv: list[str]) -> None:
    """Check the folder named on the command line and print the result as JSON."""
    folder, input_file, outputs = argv
    message = check_outputs(folder, input_file, [name for name in outputs.split(",") if name])
    print(json.dumps({"ok": message is None, "message": message or ""}))


if __name__ == "__main__":
    main(sys.argv[1:])
