"""AnnData files of any version.

``anndata.read_h5ad`` reads a file as a whole. Published files often hold, beside the raw counts
that are wanted, a dense X, graphs or results that newer versions cannot read: here one matrix is
read, with the columns of its cells and genes. anndata's ``read_elem`` does that; only the tables
of versions before 0.7 are decoded here.
"""

import warnings
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
from anndata import AnnData
from anndata.io import read_elem
from scipy import sparse

from clear.benchmark.data.readers.hdf5 import check_sizes, dense_as_csr, open_hdf5
from clear.errors import ClearError


def read_h5ad(
    files: dict[str, list[Path]], use_raw: bool = False, layer: str | None = None
) -> AnnData:
    """Read one matrix of an ``.h5ad`` file.

    Returns
    -------
    AnnData
        The matrix as ``X``, ``obs``, ``var``, and ``uns["unit"]`` where there is one; nothing
        else.

    Raises
    ------
    ClearError
        The file is not AnnData, is damaged, or has no such matrix.
    """
    (path,) = files["matrix"]
    if use_raw and layer is not None:
        raise ClearError(
            f"{path}: `use_raw` and `layer` name two matrices; keep one of them in the card's "
            "reader_options."
        )
    with open_hdf5(path) as file:
        for part in ("obs", "var"):
            if part not in file:
                raise ClearError(f"{path} holds no AnnData object: there is no `{part}` in it.")
        matrix, var = _names(file, path, use_raw, layer)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of old versions and of names that are not unique
                uns = {"unit": read_elem(file["uns/unit"])} if "uns/unit" in file else {}
                for part in (matrix, "obs", var):
                    check_sizes(file[part])
                return AnnData(_matrix(file[matrix]), _table(file, "obs"), _table(file, var), uns)
        except ClearError:
            raise
        except Exception as error:  # h5py and anndata raise many types for damaged data
            raise ClearError(
                f"{path} cannot be read as AnnData; it is damaged or incomplete: {error}"
            ) from error


def _names(file: h5py.File, path: Path, use_raw: bool, layer: str | None) -> tuple[str, str]:
    """Return where the matrix and the columns of its genes are."""
    if use_raw:
        for matrix, var in (("raw/X", "raw/var"), ("raw.X", "raw.var")):  # the latter before 0.7
            if matrix in file:
                return matrix, var
        raise ClearError(f"{path} has no `raw`: leave `use_raw` out of the card's reader_options.")
    layers = list(file["layers"]) if "layers" in file else []
    if layer is not None:
        if layer not in layers:
            raise ClearError(
                f"{path} has no layer {layer!r}; its layers: {', '.join(layers) or 'none'}."
            )
        return f"layers/{layer}", "var"
    if "X" not in file:
        raise ClearError(
            f"{path} has no matrix X: name another as `layer` in the card's reader_options; its "
            f"layers: {', '.join(layers) or 'none'}."
        )
    return "X", "var"


def _matrix(element: h5py.Group | h5py.Dataset) -> sparse.csr_matrix:
    if isinstance(element, h5py.Dataset):
        return dense_as_csr(element)
    matrix = read_elem(element)
    matrix.check_format(full_check=True)  # anndata does not check the indices
    return matrix.tocsr()


def _table(file: h5py.File, part: str) -> pd.DataFrame:
    element = file[part]
    is_old = isinstance(element, h5py.Dataset)
    return _old_table(file, element[()]) if is_old else read_elem(element)


def _old_table(file: h5py.File, records: np.ndarray) -> pd.DataFrame:
    """Convert a table as AnnData before 0.7 wrote it: an array of records, names first.

    A categorical column holds codes; its categories are in ``uns/<column>_categories``, which a
    column of ``obs`` and one of ``var`` share if they have the same name.
    """
    table = pd.DataFrame.from_records(records)
    for column in table:
        where = f"uns/{column}_categories"
        if records.dtype[column].kind in "SO":
            table[column] = table[column].str.decode("utf-8")
        elif where in file and table[column].dtype.kind in "iu":
            categories = np.atleast_1d(read_elem(file[where]))  # a single one is no array
            if table[column].max() < len(categories):
                table[column] = pd.Categorical.from_codes(table[column], categories)
    return table.set_index(table.columns[0])
