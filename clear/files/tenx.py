"""Matrices of 10x Genomics: an h5 file, or a folder with matrix, features and barcodes."""

from pathlib import Path

import anndata
import h5py

from clear.errors import ClearError


def is_tenx(path: Path) -> bool:
    """Return whether a path is a folder, or an HDF5 file of Cell Ranger."""
    if path.is_dir():
        return True
    try:
        with h5py.File(path) as file:
            return "X" not in file and any(
                isinstance(group, h5py.Group) and {"barcodes", "indptr"} <= set(group)
                for group in file.values()
            )
    except OSError:
        return False


def read_tenx(path: Path) -> anndata.AnnData:
    """Read the counts of genes; genes of the same name get a number behind it.

    Raises
    ------
    ClearError
        When the files cannot be read, or scanpy, which reads them, is not installed.
    """
    try:
        import scanpy
    except ImportError as error:
        raise ClearError(
            f"Reading {path} needs scanpy, which is not installed: "
            "pip install 'clear-sc[benchmark]'."
        ) from error
    try:
        read = scanpy.read_10x_mtx if path.is_dir() else scanpy.read_10x_h5
        adata = read(path)
    except Exception as error:  # scanpy raises whatever its parsers raise
        raise ClearError(
            f"{path} cannot be read as a matrix of 10x Genomics: {error}. A folder needs "
            "matrix.mtx, features.tsv and barcodes.tsv, with or without .gz."
        ) from error
    adata.var_names_make_unique()
    return adata
