"""Blocks of cells spilled to disk, one file each, and joined to one dataset at the end.

A killed writer can make an HDF5 file unreadable as a whole. A block's file is therefore never
written to again once it has its name, and the dataset is made in one go from the blocks.
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

# Shuffling saves a third of the size of counts; lzf is fast, and each block is read only once.
SPILL = {"compression": "lzf", "shuffle": True}
FINAL = {"compression": "gzip", "compression_opts": 1, "shuffle": True, "chunks": (2**16,)}


def digest(card: dict, columns: dict[str, list], folder: Path) -> str:
    """Return a digest of everything that the blocks depend on."""
    fetched = json.loads((folder / "fetch.json").read_text())
    files = [[file["name"], file["sha256"]] for file in fetched["files"]]
    code = [sha256(path) for path in sorted(Path(__file__).parent.rglob("*.py"))]
    text = json.dumps([card, columns, files, code], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def begin(partial: Path, inputs: str) -> list[dict]:
    """Return the summaries of blocks from a killed process with the same inputs; else start."""
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
    """Write a block with its summary, whole or not at all."""
    with atomic_path(path) as temporary:
        with h5py.File(temporary, "w") as file:
            anndata.io.write_elem(file, "X", matrix, dataset_kwargs=SPILL)
            file.attrs["summary"] = json.dumps(summary)
        with temporary.open("rb") as file:  # before it is renamed: the name means complete
            os.fsync(file.fileno())


def join(adata: AnnData, partial: Path, done: list[dict], path: Path) -> None:
    """Write the dataset, with the matrix from the blocks."""
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
