"""Dense matrices on disk as sparse ones in memory, a block at a time."""

import numpy as np
from scipy import sparse

BLOCK_BYTES = 2**27  # of a dense block in memory


def rows_as_csr(dataset) -> sparse.csr_matrix:
    """Read a dense matrix, so that only a block of it is ever dense in memory.

    Parameters
    ----------
    dataset
        Array of two dimensions of h5py or zarr. A block is a whole number of its chunks, since
        each read would decompress a chunk anew.
    """
    rows, columns = dataset.shape
    of_chunk = dataset.chunks[0] if dataset.chunks else 1
    fitting = BLOCK_BYTES // max(1, columns * dataset.dtype.itemsize)
    step = max(of_chunk, fitting // of_chunk * of_chunk)
    blocks = [_csr(dataset[first : first + step]) for first in range(0, rows, step)]
    return sparse.vstack(blocks, format="csr") if blocks else sparse.csr_matrix((rows, columns))


def _csr(block: np.ndarray) -> sparse.csr_matrix:
    if block.dtype == np.float16:  # unknown to scipy
        block = block.astype(np.float32)
    return sparse.csr_matrix(block)
