"""Canonical datasets larger than memory, written block by block."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from anndata import AnnData
from scipy import sparse

from clear.benchmark.data.annotate import annotate
from clear.benchmark.data.canonical import canonical_obs, canonical_var
from clear.benchmark.data.checks import check_expected, check_unit, check_values
from clear.benchmark.data.spill import begin, digest, join, spill
from clear.benchmark.data.stream import CellStream
from clear.errors import ClearError
from clear.files.atomic import atomic_path


def read_streamed(
    stream: CellStream,
    card: dict,
    columns: dict[str, list],
    folder: Path,
    out_h5ad: Path,
    blocks: Path | None = None,
) -> tuple[pd.DataFrame, dict, list[str]]:
    """Write a dataset of any size in canonical shape.

    One block is in memory at a time. Each is checked and spilled to a file in the folder
    ``blocks``; at the end they are joined and the folder is removed.
    After a kill, the next call with the same card, files and code continues after the last
    complete block. Data that are refused leave nothing behind; a full disk leaves the folder.

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
    blocks
        The folder for the blocks; by default ``.<name>.partial`` beside the output.

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
    partial = blocks or Path(out_h5ad).with_name(f".{Path(out_h5ad).name}.partial")
    done = begin(partial, digest(card, columns, folder))
    for matrix, summary in _accepted(stream, adata, keep, done, partial):
        spill(matrix, summary, partial / f"{len(done)}.h5")
        done.append(summary)
    with atomic_path(out_h5ad) as temporary:
        join(adata, partial, done, temporary)
    shutil.rmtree(partial)
    remarks += check_unit(_witnesses(done), card["unit"], card["id"])
    record |= of_genes
    all_zero = sum(block["all_zero"] for block in done)
    record["cells"] |= {"kept": len(obs), "all_zero": all_zero}
    record["genes"] |= {"kept": len(var)}
    return obs, record, remarks


def _accepted(
    stream: CellStream, adata: AnnData, keep: np.ndarray, done: list[dict], partial: Path
) -> Iterator[tuple[sparse.csr_matrix, dict]]:
    """Yield the remaining blocks, in canonical shape and checked, with a summary."""
    dataset, unit = adata.uns["dataset"], adata.uns["unit"]
    start = sum(block["cells"] for block in done)
    values = sum(block["values"] for block in done)
    cells = adata.obs_names[np.count_nonzero(keep[:start]) :]
    try:
        for block in stream.blocks(done[-1]["after"] if done else None):
            size = block.matrix.shape[0]
            matrix = block.matrix[keep[start : start + size]].astype(np.float32)
            matrix.sum_duplicates()
            matrix.eliminate_zeros()
            witnesses = []
            if matrix.nnz:  # cells without any value are allowed, a dataset of them is not
                check_values(matrix, cells, adata.var["gene"].array, dataset)
                fractions = matrix.data[matrix.data != np.rint(matrix.data)]
                if len(fractions):  # whole numbers are judged at the end, those of all blocks
                    check_unit(matrix, unit, dataset)
                witnesses = [float(matrix.data.max()), *map(float, fractions[:1])]
            start, values, cells = start + size, values + matrix.nnz, cells[matrix.shape[0] :]
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
        check_unit(_witnesses(done), unit, dataset)
    except ClearError:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def _witnesses(done: list[dict]) -> sparse.csr_matrix:
    """Return what the unit is judged by: each block's highest value, and a fraction if any."""
    return sparse.csr_matrix([[value for block in done for value in block["witnesses"]]])
