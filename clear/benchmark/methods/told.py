"""Add what a method is told of each cell to its input, as columns of ``obs``.

    python -m clear.benchmark.methods.told INPUT.h5ad TRUTH.tsv COLUMN...

It runs in the main environment, whatever the method's own. The columns are ``batch``,
``labels_of_one_batch`` and ``root``.
"""

import sys
from pathlib import Path

import anndata
import h5py
import pandas as pd

from clear.benchmark.methods.outputs import read_truth


def labels_of_one_batch(truth: pd.DataFrame) -> pd.Series:
    """Return the types of the cells of the largest batch, "" for all others.

    The largest has the most cells; of several, it is the first by name.
    """
    sizes = truth["batch"].astype(str).value_counts().sort_index()
    known = truth["batch"].astype(str) == sizes.idxmax()
    return truth["cell_type"].astype(str).where(known, "")


def first_stage(truth: pd.DataFrame) -> pd.Series:
    """Return whether a cell is of the earliest stage that has cells."""
    stages = pd.to_numeric(truth["stage"].replace("", None))
    return stages == stages.min()


MADE = {
    "batch": lambda truth: truth["batch"].astype("category"),
    "labels_of_one_batch": lambda truth: labels_of_one_batch(truth).astype("category"),
    "root": first_stage,
}


def add_columns(input_file: Path, truth_file: Path, names: list[str]) -> None:
    """Write columns into the ``obs`` of an ``input.h5ad``: categories, or booleans of the root.

    Raises
    ------
    KeyError
        When the truth has no batch or stage, or lacks a cell.
    """
    truth = read_truth(truth_file)
    with h5py.File(input_file, "r+") as file:
        obs = anndata.io.read_elem(file["obs"])
        for name in names:
            obs[name] = MADE[name](truth).loc[obs.index]
        anndata.io.write_elem(file, "obs", obs)


if __name__ == "__main__":
    add_columns(*map(Path, sys.argv[1:3]), sys.argv[3:])
