"""What a method hands back; what could not be scored is refused here, where the cause is near."""

import os

import h5py
import numpy as np

TRACKS = ("given_k", "estimated_k")
#: What stands for "no cluster" in one tool or the other.
NO_LABEL = {"", "nan", "NaN", "NA", "None"}


def write_embedding(params, X, cells):
    """Write ``embedding.h5``.

    Parameters
    ----------
    params : SimpleNamespace
        From `read_params`.
    X : array_like of float
        cells x dimensions, one row per cell.
    cells : sequence of str
        Names of the rows, in any order.

    Raises
    ------
    ValueError
        When X is not a finite matrix with one row per cell, or a cell occurs twice.
    """
    cells = _cells(cells)
    X = np.asarray(X)
    if X.ndim != 2 or X.shape[1] == 0:
        raise ValueError(f"the embedding has to be cells x dimensions, not {X.shape}")
    if len(X) != len(cells):
        raise ValueError(f"the embedding has {len(X)} rows for {len(cells)} cells")
    with np.errstate(over="ignore"):
        X = X.astype(np.float32)
    _finite("embedding", np.isfinite(X).all(axis=1), cells)

    def fill(path):
        with h5py.File(path, "w") as file:
            file["X"] = X
            names = [str(cell) for cell in cells]
            file.create_dataset("cells", data=names, dtype=h5py.special_dtype(vlen=str))

    _write(os.path.join(params.output, "embedding.h5"), fill)


def write_clusters(params, labels, cells, track):
    """Write one track of ``clusters.tsv``; the other track, if it is there, stays.

    Parameters
    ----------
    params : SimpleNamespace
        From `read_params`.
    labels : sequence
        The cluster of each cell: numbers or names.
    cells : sequence of str
        Names of the cells, in the order of ``labels``.
    track : {"given_k", "estimated_k"}
        "given_k" if the method used the true number of clusters, "estimated_k" if it chose.

    Raises
    ------
    ValueError
        When a cell has no label or occurs twice, or the track is unknown.
    """
    cells = _cells(cells)
    labels = [str(label) for label in labels]
    if track not in TRACKS:
        raise ValueError("track is {!r}, it has to be one of {}".format(track, ", ".join(TRACKS)))
    if len(labels) != len(cells):
        raise ValueError(f"there are {len(labels)} labels for {len(cells)} cells")
    for number, label in enumerate(labels):
        if label in NO_LABEL:
            raise ValueError(f"the cell {cells[number]} has no cluster ({label!r})")
        if any(sign in label for sign in "\t\r\n"):
            raise ValueError(f"the cluster {label!r} holds a tab or a line end")
    path = os.path.join(params.output, "clusters.tsv")
    lines = ["cell\tcluster\ttrack"]
    if os.path.exists(path):
        with open(path, encoding="utf-8") as handle:
            old = handle.read().splitlines()[1:]
        lines += [line for line in old if line.rpartition("\t")[2] != track]
    lines += map(("{}\t{}\t" + track).format, cells, labels)
    _write_lines(path, lines)


def write_pseudotime(params, pseudotime, cells):
    """Write ``pseudotime.tsv``.

    Parameters
    ----------
    params : SimpleNamespace
        From `read_params`.
    pseudotime : sequence of float
        One finite value per cell; only the order counts.
    cells : sequence of str
        Names of the cells, in the order of ``pseudotime``.

    Raises
    ------
    ValueError
        When a value is missing or not finite, or a cell occurs twice.
    """
    cells = _cells(cells)
    values = np.asarray(pseudotime, dtype=float)
    if values.shape != (len(cells),):
        message = "pseudotime has the shape {} for {} cells"
        raise ValueError(message.format(values.shape, len(cells)))
    _finite("pseudotime", np.isfinite(values), cells)
    lines = ["cell\tpseudotime"]
    lines += map("{}\t{!r}".format, cells, values.tolist())
    _write_lines(os.path.join(params.output, "pseudotime.tsv"), lines)


def _cells(cells):
    cells = [str(cell) for cell in cells]
    if len(set(cells)) != len(cells):
        seen = set()
        twice = next(cell for cell in cells if cell in seen or seen.add(cell))
        raise ValueError(f"the cell {twice} occurs more than once")
    return cells


def _finite(what, good, cells):
    bad = np.flatnonzero(~good)
    if len(bad):
        message = "the {} has NaN or infinite values for {} cells, first {}"
        raise ValueError(message.format(what, len(bad), cells[bad[0]]))


def _write_lines(path, lines):
    def fill(temporary):
        with open(temporary, "w", encoding="utf-8", newline="\n") as handle:
            handle.write("\n".join(lines) + "\n")

    _write(path, fill)


def _write(path, fill):
    """Write a file under another name first: it is there whole or not at all."""
    temporary = path + ".tmp"
    try:
        fill(temporary)
        os.replace(temporary, path)
    finally:
        if os.path.exists(temporary):
            os.remove(temporary)
