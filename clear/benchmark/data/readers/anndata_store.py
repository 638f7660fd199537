"""One matrix of an AnnData object on disk, in HDF5 or zarr, as any version wrote it.

Only what is asked for is read: files of old versions often carry graphs and results that newer
ones cannot read, and a dense X beside the raw counts that are wanted.
"""

import warnings

import numpy as np
import pandas as pd
from anndata import AnnData
from anndata.io import read_elem
from scipy import sparse

from clear.benchmark.data.readers.blocks import rows_as_csr
from clear.errors import ClearError


def read_store(store, name: str, use_raw: bool = False, layer: str | None = None) -> AnnData:
    """Read one matrix with the columns of its cells and genes.

    Parameters
    ----------
    store
        Open ``h5py.File`` or ``zarr.Group``.
    name
        Its name for messages.
    use_raw
        Take ``raw.X`` and ``raw.var``.
    layer
        Layer instead of ``X``.

    Returns
    -------
    AnnData
        The matrix as ``X`` (CSR, cells x genes), ``obs``, ``var``, and ``uns["unit"]`` where
        there is one; nothing else.

    Raises
    ------
    ClearError
        No AnnData object, damaged, or without that matrix.
    """
    if use_raw and layer is not None:
        raise ClearError(
            f"{name}: `use_raw` and `layer` name two matrices; keep one of them in the card's "
            "reader_options."
        )
    for part in ("obs", "var"):
        if part not in store:
            raise ClearError(f"{name} holds no AnnData object: there is no `{part}` in it.")
    matrix, var = _names(store, name, use_raw, layer)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of old versions and of names that are not unique
            uns = {"unit": read_elem(store["uns/unit"])} if "uns/unit" in store else {}
            return AnnData(_matrix(store[matrix]), _table(store, "obs"), _table(store, var), uns)
    except Exception as error:  # h5py, zarr and anndata raise many types for damaged data
        raise ClearError(
            f"{name} cannot be read as AnnData; it is damaged or incomplete: {error}"
        ) from error


def _names(store, name: str, use_raw: bool, layer: str | None) -> tuple[str, str]:
    """Return where the matrix and the columns of its genes are."""
    if use_raw:
        for matrix, var in (("raw/X", "raw/var"), ("raw.X", "raw.var")):  # the latter before 0.7
            if matrix in store:
                return matrix, var
        raise ClearError(f"{name} has no `raw`: leave `use_raw` out of the card's reader_options.")
    if layer is not None:
        layers = list(store["layers"]) if "layers" in store else []
        if layer not in layers:
            raise ClearError(
                f"{name} has no layer {layer!r}; its layers: {', '.join(layers) or 'none'}."
            )
        return f"layers/{layer}", "var"
    if "X" not in store:
        raise ClearError(f"{name} has no matrix X: name a layer in the card's reader_options.")
    return "X", "var"


def _matrix(element) -> sparse.csr_matrix:
    if hasattr(element, "shape"):
        return rows_as_csr(element)
    matrix = read_elem(element)
    matrix.check_format(full_check=True)  # anndata takes indices as they are
    return matrix.tocsr()


def _table(store, part: str) -> pd.DataFrame:
    element = store[part]
    return _old_table(store, element[()]) if hasattr(element, "shape") else read_elem(element)


def _old_table(store, records: np.ndarray) -> pd.DataFrame:
    """Convert a table as AnnData before 0.7 wrote it: records, the names first.

    Categories stand apart, in ``uns``, by the name of the column, which holds their numbers; a
    column of ``obs`` and one of ``var`` share them if they have the same name.
    """
    table = pd.DataFrame.from_records(records)
    for column in table:
        where = f"uns/{column}_categories"
        if records.dtype[column].kind in "SO":
            table[column] = table[column].str.decode("utf-8")
        elif where in store and table[column].dtype.kind in "iu":
            categories = np.atleast_1d(read_elem(store[where]))  # a single one is no array
            if table[column].max() < len(categories):
                table[column] = pd.Categorical.from_codes(table[column], categories)
    return table.set_index(table.columns[0])
