"""The cells that a method sees: ``input.h5ad``, read with h5py."""

import csv

import h5py
import numpy as np

VALUES = 2**24  # that are read at once on the way to a dense matrix


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
    return Input(params.input, params.batch, params.labels_of_one_batch, params.root)


def read_source(params):
    """Open the labelled dataset that a method learns from (``told: [source]``).

    Parameters
    ----------
    params : SimpleNamespace
        From `read_params`.

    Returns
    -------
    tuple of (Input, numpy.ndarray of str)
        Its cells, prepared by the same recipe as those of the run, with genes of its own; the
        published type of each cell.
    """
    source = Input(params.source)
    with open(params.source_truth, encoding="utf-8", newline="") as file:
        types = {row["cell"]: row["cell_type"] for row in csv.DictReader(file, delimiter="\t")}
    return source, np.array([types[cell] for cell in source.cells], dtype=str)


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
    scale : str
        What "X" holds: log1p (log-normalised); z-scores of its genes (the setting
        ``prepare.scale``); or released, what the public code of CLEAR makes, which takes no
        logarithm after normalising, so that values have any size.
    batch : numpy.ndarray of str or None
        One value per cell, if the method is told the batch; None otherwise.
    labels_of_one_batch : numpy.ndarray of str or None
        The type of each cell of the batch with the most cells (of several, the first by name), ""
        for all others, if the method is told them; None otherwise.
    root : numpy.ndarray of bool or None
        Whether a cell is of the first stage, if the method is told the root; None otherwise.
    """

    def __init__(self, path, batch=None, labels_of_one_batch=None, root=None):
        self._path = path
        with h5py.File(path, "r") as file:
            self.cells = _strings(file["obs"][_text(file["obs"].attrs["_index"])])
            self.genes = _strings(file["var"][_text(file["var"].attrs["_index"])])
            self.highly_variable = file["var/highly_variable"][()].astype(bool)
            self.unit = _text(file["uns/unit"][()])
            self.scale = _text(file["uns/scale"][()])
            self.batch = _column(file["obs"], batch)
            self.labels_of_one_batch = _column(file["obs"], labels_of_one_batch)
            self.root = None if root is None else file["obs"][root][()].astype(bool)

    def csr(self, name):
        """Return a matrix, cells x genes, as the arrays of the CSR format.

        Parameters
        ----------
        name : {"X", "counts"}
            "X": log-normalised, or what `scale` says; "counts": linear scale, raw counts wherever
            they were published.

        Returns
        -------
        tuple
            ``values`` (float32), ``indices``, ``indptr`` and ``shape``; with SciPy:
            ``csr_matrix((values, indices, indptr), shape)``.
        """
        with h5py.File(self._path, "r") as file:
            group = file[_place(name)]
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
        keep = self.highly_variable if highly_variable else np.ones(len(self.genes), dtype=bool)
        column = np.cumsum(keep) - 1
        dense = np.zeros((len(self.cells), int(keep.sum())), dtype=np.float32)
        with h5py.File(self._path, "r") as file:
            group = file[_place(name)]
            starts, first = group["indptr"][()].astype(np.int64), 0
            while first < len(dense):
                most = np.searchsorted(starts, starts[first] + VALUES, side="right") - 1
                end = min(max(int(most), first + 1), len(dense))
                part = slice(int(starts[first]), int(starts[end]))
                values, indices = group["data"][part], group["indices"][part]
                rows = np.repeat(np.arange(first, end), np.diff(starts[first : end + 1]))
                kept = keep[indices]
                dense[rows[kept], column[indices[kept]]] = values[kept]
                first = end
        return dense


def _place(name):
    return "X" if name == "X" else "layers/" + name


def _text(value):
    return value.decode("utf-8") if isinstance(value, bytes) else str(value)


def _strings(dataset):
    # h5py 2 gives str, h5py 3 bytes
    return np.array([_text(value) for value in dataset[()]], dtype=str)


def _column(obs, name):
    if name is None:
        return None
    column = obs[name]
    if isinstance(column, h5py.Group):  # categorical
        return _strings(column["categories"])[column["codes"][()]]
    return _strings(column)
