"""All that a method script of Python needs: read the input, write the outputs.

A complete method::

    from contract import read_input, read_params, write_embedding

    params = read_params({"dims": 10})  # the settings this method knows, with their defaults
    data = read_input(params)
    X = data.dense("X", highly_variable=True)  # cells x genes, log-normalised
    write_embedding(params, X[:, : params.settings["dims"]], data.cells)

Nothing but NumPy and h5py is imported, and the syntax is that of Python 3.7, so that a method of
an old environment can use this file as well. A script prints what it likes (it goes to
``output.log``), raises when it fails, and calls `not_applicable` when the method cannot serve this
dataset at all. It works in a folder of its own, which is emptied of everything but the outputs
afterwards; it may import helper files that lie beside it.
"""

import difflib
import json
import os
import sys
from types import SimpleNamespace

import h5py
import numpy as np

TRACKS = ("given_k", "estimated_k")
#: What stands for "no cluster" in one tool or the other.
NO_LABEL = {"", "nan", "NaN", "NA", "None"}


def read_params(defaults=None):
    """Read what this run is asked to do, from the file named by the first argument.

    Parameters
    ----------
    defaults : dict, optional
        The settings that the method knows, with their default values. A setting of the card that is
        not among them is then an error instead of being overlooked.

    Returns
    -------
    SimpleNamespace
        ``input`` and ``output`` (path of ``input.h5ad``; folder to write into); ``method``,
        ``dataset``, ``recipe``, ``perturbation`` (str); ``seed`` (int); ``settings`` (dict, from
        the method's card);
        ``threads`` (int; the thread variables of OpenMP and BLAS are set already); ``device``
        ("cpu"; "cuda"; "auto": the GPU if there is one). Then what the method is told, each None
        if its card does not ask for it: ``n_clusters`` (int, the true number of cell types),
        ``batch`` (str, column of ``obs``), ``start_cell`` (str), ``truth`` (path of ``truth.tsv``:
        only for a control that knows the labels).

    Raises
    ------
    ValueError
        When the card has a setting that is not in ``defaults``.
    """
    path = os.path.abspath(sys.argv[1])
    with open(path) as handle:
        values = json.load(handle)
    told = dict.fromkeys(("n_clusters", "batch", "start_cell", "truth"))
    params = SimpleNamespace(**dict(told, **values))
    params.output = os.path.dirname(path)
    root = os.environ.get("CONTRACT_ROOT", os.getcwd())
    params.input = os.path.join(root, params.input)
    if params.truth is not None:
        params.truth = os.path.join(root, params.truth)
    if defaults is not None:
        for key in params.settings:
            if key not in defaults:
                near = difflib.get_close_matches(key, defaults, n=1)
                hint = f" (did you mean {near[0]!r}?)" if near else ""
                known = ", ".join(sorted(defaults)) or "none"
                raise ValueError(
                    f"the method {params.method} has no setting {key!r}{hint}; it knows: {known}"
                )
        params.settings = dict(defaults, **params.settings)
    return params


def read_input(params):
    """Open the prepared cells of this run.

    Parameters
    ----------
    params : SimpleNamespace
        From `read_params`.

    Returns
    -------
    Input
        Names and masks at once; the matrices when they are asked for.
    """
    return Input(params.input, params.batch)


class Input:
    """The cells that a method sees: ``input.h5ad``, read with h5py.

    Attributes
    ----------
    cells, genes : numpy.ndarray of str
        Names; those of the cells are anonymous and have to be handed back with the outputs.
    highly_variable : numpy.ndarray of bool
        One value per gene.
    unit : str
        What was published: counts, rpkm, fpkm, tpm, normalised, log1p or log2p1.
    batch : numpy.ndarray of str or None
        One value per cell, if the method is told the batch; None otherwise.
    """

    def __init__(self, path, batch=None):
        self._path = path
        with h5py.File(path, "r") as file:
            self.cells = _strings(file["obs"][_text(file["obs"].attrs["_index"])])
            self.genes = _strings(file["var"][_text(file["var"].attrs["_index"])])
            self.highly_variable = file["var/highly_variable"][()].astype(bool)
            self.unit = _text(file["uns/unit"][()])
            self.batch = None if batch is None else _column(file["obs"], batch)

    def csr(self, name):
        """Return a matrix, cells x genes, as the arrays of the CSR format.

        Parameters
        ----------
        name : {"X", "counts"}
            "X": log-normalised; "counts": linear scale, raw counts wherever they were published.

        Returns
        -------
        tuple
            ``values`` (float32), ``indices``, ``indptr`` and ``shape``; with SciPy:
            ``csr_matrix((values, indices, indptr), shape)``.
        """
        with h5py.File(self._path, "r") as file:
            group = file["X" if name == "X" else "layers/" + name]
            shape = (len(self.cells), len(self.genes))
            return group["data"][()], group["indices"][()], group["indptr"][()], shape

    def dense(self, name, highly_variable=False):
        """Return a matrix as a dense array.

        Parameters
        ----------
        name : {"X", "counts"}
            As for `csr`.
        highly_variable : bool
            Keep only the highly variable genes.

        Returns
        -------
        numpy.ndarray
            float32, cells x genes.
        """
        values, indices, indptr, shape = self.csr(name)
        keep = self.highly_variable if highly_variable else np.ones(shape[1], dtype=bool)
        column = np.cumsum(keep) - 1
        dense = np.zeros((shape[0], int(keep.sum())), dtype=np.float32)
        rows = np.repeat(np.arange(shape[0]), np.diff(indptr))
        kept = keep[indices]
        dense[rows[kept], column[indices[kept]]] = values[kept]
        return dense


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


def not_applicable(reason):
    """End this run as ``not_applicable``: the method cannot serve such a dataset.

    Parameters
    ----------
    reason : str
        One sentence for the table of results.
    """
    with open(
        os.path.join(os.path.dirname(os.path.abspath(sys.argv[1])), "reason.txt"), "w"
    ) as file:
        file.write(reason + "\n")
    print("not applicable: " + reason, flush=True)
    sys.exit(99)


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


def _text(value):
    return value.decode("utf-8") if isinstance(value, bytes) else str(value)


def _strings(dataset):
    # h5py 2 gives str, h5py 3 bytes
    return np.array([_text(value) for value in dataset[()]], dtype=str)


def _column(obs, name):
    column = obs[name]
    if isinstance(column, h5py.Group):  # categorical
        return _strings(column["categories"])[column["codes"][()]]
    return _strings(column)
