"""Measure memory and time of ``clear-sc embed`` on large .h5ad files.

    python benchmarks/memory.py --cells 100000 300000 --genes 27000

For each size an atlas is written and embedded by the command in a process of its own, with 2,000
highly variable genes. Writes one JSON object per size. Exit status 1 if a peak is above
``--limit``, or the largest peak more than a quarter above the smallest. The files are removed.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

import anndata
import h5py
import numpy as np
import pandas as pd
from anndata import AnnData
from peak import measured

from clear.benchmark.data.simulate import simulate

# Pools differ in size up to 1 GiB, and the embedding itself grows: 0.5 kB per cell.
FLAT = 1.25
PROGRAM = "import sys; from clear.cli import main; sys.exit(main())"
MODEL_CELLS = 2048
BLOCK_CELLS = 4096
CHUNK = 2**18  # values; the usual chunks of 1,024 would be hundreds of thousands


def write_atlas(path: Path, cells: int, genes: int, density: float, **stored) -> None:
    """Write counts of which a share of ``density`` is not zero, in little memory.

    Each cell is one of 2,048 simulated cells, of 20 types, that keeps a random part of its values.
    ``stored``: how HDF5 stores them.
    """
    random = np.random.default_rng(0)
    models = simulate(MODEL_CELLS, genes, types=20)
    models, types, chosen = models.X, models.obs["cell_type"].array, []
    kept = density * MODEL_CELLS * genes / models.nnz
    AnnData(var=pd.DataFrame(index=[f"gene{number}" for number in range(genes)])).write_h5ad(path)
    with h5py.File(path, "r+") as file:
        stored = {"chunks": (CHUNK,)} | stored
        anndata.io.write_elem(file, "X", models[:0], dataset_kwargs=stored)
        matrix = anndata.io.sparse_dataset(file["X"])
        for start in range(0, cells, BLOCK_CELLS):
            chosen.append(random.integers(MODEL_CELLS, size=min(BLOCK_CELLS, cells - start)))
            block = models[chosen[-1]]
            block.data *= random.random(block.nnz) < kept
            block.eliminate_zeros()
            matrix.append(block)
        kinds = pd.Categorical(types[np.concatenate(chosen)])
        names = [f"cell{number}" for number in range(cells)]
        obs = pd.DataFrame({"cell_type": kinds}, index=names)
        anndata.io.write_elem(file, "obs", obs)


def measure(cells: int, options: argparse.Namespace, folder: Path) -> dict:
    """Write and embed one file; return its size, the time and the peak memory."""
    source, output = folder / "atlas.h5ad", folder / "embedded.h5ad"
    write_atlas(source, cells, options.genes, options.density)
    sizes = {
        "cells": cells,
        "genes": options.genes,
        "file_gb": round(source.stat().st_size / 1e9, 2),
    }
    arguments = ["--counts", "--n-top-genes", options.n_top_genes, "--epochs", options.epochs]
    arguments += ["--device", options.device]
    found = measured(["-c", PROGRAM, "embed", source, output, *arguments])
    for path in (source, output):
        path.unlink()
    return sizes | found


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cells", type=int, nargs="+", default=[100_000, 300_000])
    parser.add_argument("--genes", type=int, default=27_000)
    parser.add_argument("--density", type=float, default=0.05)
    parser.add_argument("--n-top-genes", type=int, default=2000)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--limit", type=float, default=6.0, help="GB (default: 6)")
    parser.add_argument("--folder", type=Path, help="for the files (default: temporary)")
    options = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        for cells in options.cells:
            rows.append(measure(cells, options, Path(folder)))
            print(json.dumps(rows[-1]), flush=True)
    peaks = [row["peak_gb"] for row in rows]
    return int(max(peaks) > options.limit or max(peaks) > FLAT * min(peaks))


if __name__ == "__main__":
    sys.exit(main())
