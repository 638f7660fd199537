"""Add what a method is told of each cell to its input.

    python -m clear.benchmark.methods.columns INPUT.h5ad TRUTH.tsv batch,root

writes the columns ``batch`` and ``root`` of ``obs``. It runs in the main environment, whatever the
method's own.
"""

import sys
from collections.abc import Iterable
from pathlib import Path

import anndata
import h5py
import pandas as pd

from clear.benchmark.methods.outputs import read_truth


def first_stage(stages: pd.Series) -> pd.Series:
    """Return which cells are of the earliest stage that has cells.

    Parameters
    ----------
    stages
        The column ``stage`` of a ``truth.tsv``: numbers as text, empty where a cell has none.
    """
    numbers = pd.to_numeric(stages.replace("", None))
    return numbers == numbers.min()


def add_columns(input_file: Path, truth: Path, names: Iterable[str]) -> None:
    """Write columns of ``obs`` into an ``input.h5ad``.

    ``batch`` is the batch of ``truth.tsv`` as categories, ``root`` whether a cell is of the first
    stage.

    Raises
    ------
    KeyError
        When the truth lacks what a column is made from, or a cell.
    """
    table = read_truth(truth)
    made = {
        "batch": lambda: table["batch"].astype("category"),
        "root": lambda: first_stage(table["stage"]),
    }
    with h5py.File(input_file, "r+") as file:
        obs = anndata.io.read_elem(file["obs"])
        for name in names:
            obs[name] = made[name]().loc[obs.index]
        anndata.io.write_elem(file, "obs", obs)


if __name__ == "__main__":
    add_columns(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3].split(","))
