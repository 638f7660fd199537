"""AnnData files."""

from pathlib import Path

import h5py
from anndata import AnnData

from clear.benchmark.data.readers.anndata_store import read_store
from clear.errors import ClearError


def read_h5ad(
    files: dict[str, list[Path]], use_raw: bool = False, layer: str | None = None
) -> AnnData:
    """Read one matrix of an ``.h5ad`` file of any version.

    Parameters
    ----------
    files
        ``matrix``: the file.
    use_raw
        Take ``raw.X`` and ``raw.var``.
    layer
        Layer instead of ``X``.

    Returns
    -------
    AnnData
        With the matrix as ``X`` (CSR, cells x genes), ``obs`` and ``var``.

    Raises
    ------
    ClearError
        Not such a file, damaged, or without that matrix.
    """
    (path,) = files["matrix"]
    with open_hdf5(path) as store:
        return read_store(store, str(path), use_raw, layer)


def open_hdf5(path: Path) -> h5py.File:
    """Open an HDF5 file for reading.

    Raises
    ------
    ClearError
        It is none, or is incomplete.
    """
    if not h5py.is_hdf5(path):
        raise ClearError(f"{path} is not an HDF5 file: it is damaged, or of another format.")
    try:
        return h5py.File(path)
    except OSError as error:
        raise ClearError(
            f"{path} cannot be opened as HDF5; it is damaged or incomplete: {error}"
        ) from error
