"""Blocks of cells in files of their own, until all are there and become one dataset.

An HDF5 file whose writer is killed may be lost as a whole: no file here is written to again after
it has its name, except the dataset, which is made in one go from the blocks.
"""

import hashlib
import json
import os
import shutil
from pathlib import Path

import anndata
import h5py
import numpy as np
from anndata import AnnData
from scipy import sparse

from clear.files.atomic import atomic_path, sha256, write_text

# Shuffled bytes of counts take a third less. What is read once is written fast.
SPILL = {"compression": "lzf", "shuffle": True}
FINAL = {"compression": "gzip", "compression_opts": 1, "shuffle": True, "chunks": (2**16,)}


def digest(card: dict, columns: dict[str, list], folder: Path) -> str:
    """Digest all that the blocks depend on."""
    fetched = json.loads((folder / "fetch.json").read_text())
    files = [[file["name"], file["sha256"]] for file in fetched["files"]]
    code = [sha256(path) for path in sorted(Path(__file__).parent.rglob("*.py"))]
    text = json.dumps([card, columns, files, code], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def begin(partial: Path, inputs: str) -> list[dict]:
    """Return the summaries of the blocks that a killed process left; else begin anew."""
    written = partial / "digest"
    if not written.exists() or written.read_text() != inputs:
        shutil.rmtree(partial, ignore_errors=True)
        write_text(written, inputs)
    done = []
    while (path := partial / f"{len(done)}.h5").exists():
        with h5py.File(path) as file:
            done.append(json.loads(file.attrs["summary"]))
    return done


def spill(matrix: sparse.csr_matrix, summary: dict, path: Path) -> None:
    """Write a block with its summary; it is there whole, or not at all."""
    with atomic_path(path) as temporary:
        with h5py.File(temporary, "w") as file:
            anndata.io.write_elem(file, "X", matrix, dataset_kwargs=SPILL)
            file.attrs["summary"] = json.dumps(summary)
        with temporary.open("rb") as file:  # before it gets its name, which says that all is there
            os.fsync(file.fileno())


def join(adata: AnnData, partial: Path, done: list[dict], path: Path) -> None:
    """Write the dataset, its matrix from the blocks."""
    adata.write_h5ad(path, compression="gzip")
    small = sum(block["values"] for block in done) < 2**31
    kwargs = FINAL | {"indptr_dtype": np.int32 if small else np.int64}
    empty = sparse.csr_matrix((0, adata.n_vars), dtype=np.float32)
    with h5py.File(path, "r+") as file:
        anndata.io.write_elem(file, "X", empty, dataset_kwargs=kwargs)
        matrix = anndata.io.sparse_dataset(file["X"])
        for number in range(len(done)):
            with h5py.File(partial / f"{number}.h5") as spilled:
                matrix.append(anndata.io.read_elem(spilled["X"]))
