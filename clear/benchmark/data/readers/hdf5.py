"""HDF5 files, opened with clear errors; dense matrices in them as sparse ones in memory."""

from pathlib import Path

import h5py
import numpy as np
from scipy import sparse

from clear.benchmark.data.archives.limits import check_unpacked
from clear.errors import ClearError

HARMLESS = 2**28  # bytes of an array, which may be all zeros
BLOCK_BYTES = 2**27  # of a dense block in memory


def open_hdf5(path: Path) -> h5py.File:
    """Open an HDF5 file for reading.

    Raises
    ------
    ClearError
        It is not HDF5, or is incomplete.
    """
    if not h5py.is_hdf5(path):
        raise ClearError(f"{path} is not an HDF5 file: it is damaged, or of another format.")
    try:
        return h5py.File(path)
    except OSError as error:
        raise ClearError(
            f"{path} cannot be opened as HDF5; it is damaged or incomplete: {error}"
        ) from error


def check_sizes(element: h5py.Group | h5py.Dataset) -> None:
    """Refuse arrays that are far larger than what the file holds of them.

    Raises
    ------
    ClearError
        See :func:`~clear.benchmark.data.archives.limits.check_unpacked`.
    """

    def check(_: str, item: h5py.Group | h5py.Dataset) -> None:
        if isinstance(item, h5py.Dataset) and item.nbytes > HARMLESS:
            where = f"{item.file.filename}: {item.name}"
            check_unpacked(item.nbytes, item.id.get_storage_size(), where)

    check("", element)
    if isinstance(element, h5py.Group):
        element.visititems(check)


def dense_as_csr(dataset: h5py.Dataset) -> sparse.csr_matrix:
    """Read a dense matrix in blocks of rows, so that only one block is dense in memory.

    A block is a whole number of the dataset's chunks: otherwise each read would decompress the
    chunk at its border again.
    """
    rows, columns = dataset.shape
    of_chunk = dataset.chunks[0] if dataset.chunks else 1
    fitting = BLOCK_BYTES // max(1, columns * dataset.dtype.itemsize)
    step = max(of_chunk, fitting // of_chunk * of_chunk)
    blocks = [_csr(dataset[first : first + step]) for first in range(0, rows, step)]
    return sparse.vstack(blocks, format="csr") if blocks else sparse.csr_matrix((rows, columns))


def _csr(block: np.ndarray) -> sparse.csr_matrix:
    if block.dtype == np.float16:  # scipy does not know it
        block = block.astype(np.float32)
    return sparse.csr_matrix(block)
