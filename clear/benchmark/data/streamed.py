"""Canonical datasets written block by block."""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import anndata
import h5py
import numpy as np
import pandas as pd
from anndata import AnnData
from scipy import sparse

from clear.benchmark.data.annotate import annotate
from clear.benchmark.data.canonical import canonical_obs, canonical_var
from clear.benchmark.data.checks import check_expected, check_unit, check_values
from clear.benchmark.data.stream import CellStream
from clear.benchmark.files import atomic_path, sha256, write_text
from clear.errors import ClearError

# Shuffled bytes of counts take a third less. What is read once is written fast.
SPILL = {"compression": "lzf", "shuffle": True}
FINAL = {"compression": "gzip", "compression_opts": 1, "shuffle": True, "chunks": (2**16,)}


def read_streamed(
    stream: CellStream, card: dict, columns: dict[str, list], folder: Path, out_h5ad: Path
) -> tuple[pd.DataFrame, dict, list[str]]:
    """Write a dataset of any size in canonical shape.

    One block is in memory at a time. Each is checked and kept in a file of its own, in the folder
    ``.<name>.partial`` beside the output; in the end they are joined and the folder is removed.
    After a kill, the next call with the same card, files and code goes on behind the last whole
    block. Data that are refused leave nothing behind; a full disk leaves the folder.

    Parameters
    ----------
    stream
        The cells.
    card, columns
        As in :func:`clear.benchmark.data.canonical.canonical`.
    folder
        The fetched files, with ``fetch.json``.
    out_h5ad
        The dataset; its content is the one that ``canonical`` gives.

    Returns
    -------
    obs : pandas.DataFrame
        The cells' columns.
    record : dict
        What was changed.
    remarks : list of str
        On the annotations and the unit.

    Raises
    ------
    ClearError
        The data cannot be read, or are not what the card says.
    """
    annotated, remarks = annotate(stream.obs, card, folder)
    obs, keep, record = canonical_obs(annotated, card, columns)
    var, of_genes = canonical_var(stream.var, card)
    del annotated
    check_expected(obs, len(var), card.get("expected") or {}, card["id"])
    uns = {"unit": card["unit"], "dataset": card["id"]}
    adata = AnnData(obs=obs, var=var, uns=uns)
    partial = Path(out_h5ad).with_name(f".{Path(out_h5ad).name}.partial")
    done = _begin(partial, _digest(card, columns, folder))
    for matrix, summary in _accepted(stream, adata, keep, done, partial):
        _spill(matrix, summary, partial / f"{len(done)}.h5")
        done.append(summary)
    with atomic_path(out_h5ad) as temporary:
        _join(adata, partial, done, temporary)
    shutil.rmtree(partial)
    # The remark depends on the highest value and on any fraction: these stand for all values.
    witnesses = [value for block in done for value in block["witnesses"]]
    remarks += check_unit(sparse.csr_matrix([witnesses]), card["unit"], card["id"])
    record |= of_genes
    all_zero = sum(block["all_zero"] for block in done)
    record["cells"] |= {"kept": len(obs), "all_zero": all_zero}
    record["genes"] |= {"kept": len(var)}
    return obs, record, remarks


def _digest(card: dict, columns: dict[str, list], folder: Path) -> str:
    """Digest all that the blocks depend on."""
    fetched = json.loads((folder / "fetch.json").read_text())
    files = [[file["name"], file["sha256"]] for file in fetched["files"]]
    code = [sha256(path) for path in sorted(Path(__file__).parent.rglob("*.py"))]
    text = json.dumps([card, columns, files, code], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _begin(partial: Path, digest: str) -> list[dict]:
    """Return the summaries of the blocks that a killed process left; else begin anew."""
    written = partial / "digest"
    if not written.exists() or written.read_text() != digest:
        shutil.rmtree(partial, ignore_errors=True)
        write_text(written, digest)
    done = []
    while (path := partial / f"{len(done)}.h5").exists():
        with h5py.File(path) as file:
            done.append(json.loads(file.attrs["summary"]))
    return done


def _accepted(
    stream: CellStream, adata: AnnData, keep: np.ndarray, done: list[dict], partial: Path
) -> Iterator[tuple[sparse.csr_matrix, dict]]:
    """Yield the blocks after those done, in canonical shape and checked, with a summary."""
    dataset, unit = adata.uns["dataset"], adata.uns["unit"]
    begin = sum(block["cells"] for block in done)
    values = sum(block["values"] for block in done)
    cells = adata.obs_names[np.count_nonzero(keep[:begin]) :]
    try:
        for block in stream.blocks(done[-1]["after"] if done else None):
            size = block.matrix.shape[0]
            matrix = block.matrix[keep[begin : begin + size]].astype(np.float32)
            matrix.sum_duplicates()
            matrix.eliminate_zeros()
            witnesses = []
            if matrix.nnz:  # cells without any value are allowed, a dataset of them is not
                check_values(matrix, cells, adata.var["gene"].array, dataset)
                check_unit(matrix, unit, dataset)
                fractions = matrix.data[matrix.data != np.rint(matrix.data)]
                witnesses = [float(matrix.data.max()), *map(float, fractions[:1])]
            begin, values, cells = begin + size, values + matrix.nnz, cells[matrix.shape[0] :]
            yield (
                matrix,
                {
                    "after": block.after,
                    "cells": size,
                    "values": matrix.nnz,
                    "all_zero": int((np.diff(matrix.indptr) == 0).sum()),
                    "witnesses": witnesses,
                },
            )
        if not values:
            check_values(sparse.csr_matrix(adata.shape), adata.obs_names, adata.var_names, dataset)
    except ClearError:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def _spill(matrix: sparse.csr_matrix, summary: dict, path: Path) -> None:
    with atomic_path(path) as temporary:
        with h5py.File(temporary, "w") as file:
            anndata.io.write_elem(file, "X", matrix, dataset_kwargs=SPILL)
            file.attrs["summary"] = json.dumps(summary)
        with temporary.open("rb") as file:  # before it gets its name, which says that all is there
            os.fsync(file.fileno())


def _join(adata: AnnData, partial: Path, done: list[dict], path: Path) -> None:
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
