"""AnnData as a zarr store."""

from pathlib import Path
from tempfile import TemporaryDirectory

import zarr
from anndata import AnnData

from clear.benchmark.data.archives.archives import unpack
from clear.benchmark.data.readers.anndata_store import read_store
from clear.errors import ClearError

METADATA = ("zarr.json", ".zgroup")  # of a group, zarr format 3 and 2


def read_zarr(files: dict[str, list[Path]], layer: str | None = None) -> AnnData:
    """Read one matrix of an AnnData zarr store.

    Parameters
    ----------
    files
        ``matrix``: its folder, or a zip or tar archive that holds it, at the top or in a folder.
    layer
        Layer instead of ``X``.

    Returns
    -------
    AnnData
        With the matrix as ``X`` (CSR, cells x genes), ``obs`` and ``var``.

    Raises
    ------
    ClearError
        Not such a store, damaged, or without that matrix; an archive with several stores.
    """
    (path,) = files["matrix"]
    if path.is_dir():
        return _read(path, path, layer)
    with TemporaryDirectory() as folder:
        unpack(path, Path(folder) / "store")
        return _read(Path(folder) / "store", path, layer)


def _read(folder: Path, path: Path, layer: str | None) -> AnnData:
    roots = _roots(folder)
    if not roots:
        raise ClearError(f"{path} is no zarr store: there is no {' or '.join(METADATA)} in it.")
    if len(roots) > 1:
        names = ", ".join(sorted(root.name for root in roots))
        raise ClearError(f"{path} holds {len(roots)} zarr stores ({names}): keep one of them.")
    try:
        store = zarr.open_group(roots[0], mode="r")
    except Exception as error:  # zarr raises many types for damaged metadata
        raise ClearError(f"{path} cannot be opened as zarr; it is damaged: {error}") from error
    return read_store(store, str(path), layer=layer)


def _roots(folder: Path) -> list[Path]:
    """Find the stores at or below a folder, without looking into them."""
    if any((folder / name).is_file() for name in METADATA):
        return [folder]
    return [root for below in folder.iterdir() if below.is_dir() for root in _roots(below)]
