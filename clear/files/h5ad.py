"""Files of the command line: opened without loading the matrix, copied with elements added."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import anndata
import h5py

from clear.errors import ClearError
from clear.files.atomic import atomic_path
from clear.files.tenx import is_tenx, read_tenx


def open_h5ad(path: Path) -> anndata.AnnData:
    """Open a file in backed mode: ``X`` stays on disk, everything else is read into memory.

    Raises
    ------
    ClearError
        When there is no such file, or it cannot be read.
    """
    return _open(path, lambda: anndata.read_h5ad(path, backed="r"))


def open_expression(path: Path, obs: bool = False) -> anndata.AnnData:
    """Open only what CLEAR trains on: ``X``, layers, ``raw``, ``var`` and, if asked for, ``obs``.

    All matrices stay on disk, whereas AnnData's backed mode reads layers, ``obsm`` and ``obsp``
    into memory. A 10x file or folder is read whole.

    Raises
    ------
    ClearError
        When there is no such file, or it cannot be read.
    """

    def read() -> anndata.AnnData:
        file = h5py.File(path)
        layers, raw = file.get("layers", {}), None
        if "raw" in file:
            raw = {"X": _on_disk(file["raw/X"]), "var": anndata.io.read_elem(file["raw/var"])}
        return anndata.AnnData(
            _on_disk(file["X"]) if "X" in file else None,
            var=anndata.io.read_elem(file["var"]),
            obs=anndata.io.read_elem(file["obs"]) if obs else None,
            layers={name: _on_disk(layers[name]) for name in layers},
            raw=raw,
        )

    return read_tenx(path) if is_tenx(path) else _open(path, read)


def _on_disk(element: h5py.Group | h5py.Dataset):
    return element if isinstance(element, h5py.Dataset) else anndata.io.sparse_dataset(element)


def _open(path: Path, read: Callable[[], anndata.AnnData]) -> anndata.AnnData:
    if not path.is_file():
        raise ClearError(f"There is no file {path}.")
    try:
        with h5py.File(path) as file:
            old = any(isinstance(file.get(name), h5py.Dataset) for name in ("obs", "obsm", "uns"))
        if old:  # tables as single datasets, to which nothing can be added
            raise ClearError(
                f"{path} was written by an AnnData before 0.7; convert it with "
                "anndata.read_h5ad(...).write_h5ad(...)."
            )
        return read()
    except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise ClearError(f"{path} cannot be read as an .h5ad file: {error}") from error


def real_output(path: Path) -> Path:
    """Return the file to write, behind symbolic links.

    Raises
    ------
    ClearError
        Where no file can be written, before hours of training.
    """
    real = Path(os.path.realpath(path))
    if real.exists() and not real.is_file():
        kind = "folder" if real.is_dir() else "device or pipe"
        raise ClearError(f"{path} is a {kind}; give the name of a file to write.")
    parent = next(folder for folder in real.parents if folder.exists())
    if not parent.is_dir() or not os.access(parent, os.W_OK):
        raise ClearError(f"{path} cannot be written: {parent} is not a writable folder.")
    return real


def identity(path: Path) -> tuple:
    """Return what changes when a file or folder is replaced or written to.

    Raises
    ------
    ClearError
        When there is none.
    """
    try:
        found = path.stat()
    except OSError as error:
        raise ClearError(f"There is no file {path}: {error.strerror}.") from error
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def write_copy(source: Path, read: tuple, output: Path, elements: dict[str, object]) -> None:
    """Copy a file and add elements; everything else stays the same, byte for byte.

    ``read`` is the :func:`identity` of ``source`` before it was read. ``output`` may be ``source``.
    Elements are named by their path in the file, such as ``"obsm/X_clear"`` or ``"obs/clear"``, a
    column; existing ones are replaced.

    Raises
    ------
    ClearError
        When the file cannot be written, or ``source`` is no longer what was read.
    """
    try:
        with atomic_path(output) as temporary:
            if is_tenx(source):
                read_tenx(source).write_h5ad(temporary)
            else:
                shutil.copyfile(source, temporary)
            if identity(source) != read:
                raise ClearError(
                    f"{source} was replaced or changed after it was read; {output} is not "
                    "written. Run the command again."
                )
            with h5py.File(temporary, "r+") as file:
                for place, value in elements.items():
                    anndata.io.write_elem(file, place, value)
                    _list_column(file, place)
    except (OSError, RuntimeError) as error:
        raise ClearError(f"{output} cannot be written: {error}") from error


def _list_column(file: h5py.File, place: str) -> None:
    """Add a column of ``obs`` to the table's list of columns."""
    table, _, name = place.partition("/")
    if table == "obs":
        columns = [column for column in file[table].attrs["column-order"] if column != name]
        file[table].attrs["column-order"] = [*columns, name]
