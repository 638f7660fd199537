"""Add the batch of each cell to the input of a method that is told it.

    python -m clear.benchmark.methods.batch INPUT.h5ad TRUTH.tsv

writes the column ``batch`` of ``obs``. It runs in the main environment, whatever the method's own.
"""

import sys
from pathlib import Path

import anndata
import h5py

from clear.benchmark.methods.outputs import read_truth


def add_batch(input_file: Path, truth: Path) -> None:
    """Write the batch of ``truth.tsv`` into an ``input.h5ad``, as a categorical column of ``obs``.

    Raises
    ------
    KeyError
        When the truth has no batch, or lacks a cell.
    """
    batch = read_truth(truth)["batch"]
    with h5py.File(input_file, "r+") as file:
        obs = anndata.io.read_elem(file["obs"])
        obs["batch"] = batch.loc[obs.index].astype("category")
        anndata.io.write_elem(file, "obs", obs)


if __name__ == "__main__":
    add_batch(*map(Path, sys.argv[1:]))
