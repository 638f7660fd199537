"""The file that the methods see, written at once or block by block."""

from collections.abc import Callable
from pathlib import Path

import anndata
import h5py
import numpy as np
from anndata import AnnData
from scipy import sparse

from clear.benchmark.data.prepare.blocks import Blocks
from clear.benchmark.data.spill import FINAL

Change = Callable[[sparse.csr_matrix], sparse.csr_matrix]


def write_input(path: Path, about: AnnData, cells: Blocks, to_x: Change, to_counts: Change) -> None:
    """Write ``X`` and ``layers["counts"]``, each made from the blocks of cells.

    Parameters
    ----------
    path
        The file, which is not there yet.
    about
        ``obs``, ``var`` and ``uns``; without a matrix.
    cells
        The expression as published.
    to_x, to_counts
        What makes either matrix of a block.
    """
    if cells.whole:
        (block,) = cells
        about.X, about.layers["counts"] = to_x(block), to_counts(block)
        about.write_h5ad(path, compression="gzip")
        return
    about.write_h5ad(path, compression="gzip")
    kwargs = FINAL | {"indptr_dtype": np.int64}  # z-scores soon exceed 32 bits: none is zero
    empty = sparse.csr_matrix((0, about.n_vars), dtype=np.float32)
    with h5py.File(path, "r+") as file:
        for name in ("X", "layers/counts"):
            anndata.io.write_elem(file, name, empty, dataset_kwargs=kwargs)
        for block in cells:
            for name, change in (("X", to_x), ("layers/counts", to_counts)):
                anndata.io.sparse_dataset(file[name]).append(change(block))
