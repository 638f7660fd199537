"""Check what a method wrote before anything is scored.

    python -m clear.benchmark.methods.check FOLDER INPUT.h5ad embedding,clusters_given_k

prints ``{"ok": true, "message": ""}`` or says what is wrong. It runs in the main environment,
whatever the method's own.
"""

import json
import sys
from collections.abc import Iterable
from pathlib import Path

import h5py
import numpy as np

from clear.benchmark.methods.outputs import (
    BadOutput,
    read_clusters,
    read_embedding,
    read_pseudotime,
)

# No words of the vocabulary: this file is part of every method's hash, and those change often.
CLUSTERS = "clusters_"


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
            _promised(folder / "embedding.h5")
            read_embedding(folder, cells)
        if tracks := {n[len(CLUSTERS) :] for n in outputs if n.startswith(CLUSTERS)}:
            _promised(folder / "clusters.tsv")
            _same_tracks(set(read_clusters(folder, cells)), tracks)
        if "pseudotime" in outputs:
            _promised(folder / "pseudotime.tsv")
            read_pseudotime(folder, cells)
    except BadOutput as bad:
        return str(bad)
    return None


def _promised(path: Path) -> None:
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise BadOutput(f"the promised file {path.name} is a link, a folder or a device")
    if not path.exists():
        raise BadOutput(f"the promised file {path.name} was not written")


def _same_tracks(found: set[str], promised: set[str]) -> None:
    for track in sorted(found - promised):
        raise BadOutput(f"clusters.tsv: the card does not promise the track {track!r}")
    for track in sorted(promised - found):
        raise BadOutput(f"clusters.tsv: the promised track {track} is missing")


def _input_cells(path: str | Path) -> np.ndarray:
    with h5py.File(path, "r") as file:
        return file["obs"][file["obs"].attrs["_index"]].asstr()[()]


def main(argv: list[str]) -> None:
    """Check the folder named on the command line and print the result as JSON."""
    folder, input_file, outputs = argv
    message = check_outputs(folder, input_file, [name for name in outputs.split(",") if name])
    print(json.dumps({"ok": message is None, "message": message or ""}))


if __name__ == "__main__":
    main(sys.argv[1:])
