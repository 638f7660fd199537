"""What benchmarks share that score embeddings of their own making: a run's inputs, a table."""

import csv
from collections.abc import Iterable
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix


def inputs_of(run: Path, least: int, most: int) -> list[Path]:
    """Return the inputs of a run's datasets with a number of cells between two bounds.

    Raises
    ------
    FileNotFoundError
        When no input is prepared, or none has that many cells.
    """
    inputs = sorted(run.glob("data/*/standard/none/input.h5ad"))
    if not inputs:
        raise FileNotFoundError(f"{run} holds no prepared input (data/*/standard/none/input.h5ad)")
    inputs = [path for path in inputs if least <= anndata.read_h5ad(path, "r").n_obs <= most]
    if not inputs:
        raise FileNotFoundError(f"{run} has no dataset of {least} to {most} cells")
    return inputs


def read_input(path: Path) -> tuple[str, csr_matrix, np.ndarray, np.ndarray]:
    """Return a dataset's name, its values, which genes are highly variable, and its cells' types.

    Values are log-normalised (cells x genes).
    """
    data = anndata.read_h5ad(path)
    types = pd.read_csv(path.with_name("truth.tsv"), sep="\t")["cell_type"].to_numpy()
    X = csr_matrix(data.X, dtype=np.float32)
    return path.parents[2].name, X, data.var["highly_variable"].to_numpy(), types


def write_rows(out: Path, columns: tuple[str, ...], rows: Iterable[tuple]) -> None:
    """Write a table row by row under a temporary name, and rename it when it is whole."""
    unfinished = out.with_name(out.name + ".tmp")
    with unfinished.open("w", newline="", buffering=1) as file:
        table = csv.writer(file, delimiter="\t", lineterminator="\n")
        table.writerow(columns)
        table.writerows(rows)
    unfinished.replace(out)
