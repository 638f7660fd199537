"""Time reading a file for a training against h5py reading its arrays.

    python benchmarks/reading.py --cells 50000 --genes 27000 --threads 2

A simulated .h5ad of counts is written uncompressed and gzipped. In turns, in one process: h5py
reads ``X/data`` and ``X/indices`` whole; ``clear`` reads the file as ``clear-sc embed --counts``
does, without the training: it chooses 2,000 genes, gathers them, and hands all cells on to be
embedded. Writes one JSON object per file; times are the least of ``--repeats``, in seconds.
"""

import argparse
import contextlib
import datetime
import json
import tempfile
import time
from pathlib import Path

import h5py
import torch
from machine import processor
from memory import CHUNK, write_atlas

from clear.cells.hvg import block_moments, combined, highly_variable
from clear.cells.load import load
from clear.cells.matrix import BLOCK_CELLS, Expression
from clear.files.h5ad import open_expression
from clear.presets import RECOMMENDED


def arrays(path: Path) -> None:
    """Read the arrays of the matrix as they are stored."""
    with h5py.File(path) as file:
        for name in ("data", "indices"):
            file[f"X/{name}"][:]


def moments(path: Path) -> Expression:
    """Take the first pass, and choose genes."""
    expression = Expression(open_expression(path), counts=True)
    expression.chosen = highly_variable(*combined(expression.each(block_moments)), 2000)
    return expression


def gather(expression: Expression) -> None:
    """Take the second pass, and hand the cells on as ``transform`` gets them."""
    columns = expression.chosen.nonzero()[0]
    source = load(expression, columns, torch.device("cpu"), RECOMMENDED)
    with contextlib.closing(source):
        for _ in source.blocks(BLOCK_CELLS):
            pass


def gzipped(source: Path, path: Path) -> None:
    """Write a copy whose matrix is compressed as AnnData does it by default, at level 4."""
    with h5py.File(source) as old, h5py.File(path, "w") as new:
        new.attrs.update(old.attrs)
        for name in set(old) - {"X"}:
            old.copy(name, new)
        group = new.create_group("X")
        group.attrs.update(old["X"].attrs)
        old.copy("X/indptr", group)
        for name in ("data", "indices"):
            values = old[f"X/{name}"][:]
            chunks = (min(CHUNK, len(values)),)
            group.create_dataset(name, data=values, compression="gzip", chunks=chunks)


def measure(path: Path, repeats: int) -> dict:
    """Return the least times of reading one file, and the ratio."""
    times = {"arrays_s": [], "moments_s": [], "gather_s": []}
    for _ in range(repeats):
        began = time.perf_counter()
        arrays(path)
        raw = time.perf_counter()
        expression = moments(path)
        chosen = time.perf_counter()
        gather(expression)
        end = time.perf_counter()
        for name, span in zip(times, (raw - began, chosen - raw, end - chosen), strict=True):
            times[name].append(span)
    least = {name: round(min(spans), 4) for name, spans in times.items()}
    ours = least["moments_s"] + least["gather_s"]
    return (
        {"file_gb": round(path.stat().st_size / 1e9, 2)}
        | least
        | {"ratio": round(ours / min(times["arrays_s"]), 1)}
    )


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cells", type=int, default=50_000)
    parser.add_argument("--genes", type=int, default=27_000)
    parser.add_argument("--density", type=float, default=0.05)
    parser.add_argument("--threads", type=int, help="threads of PyTorch (default: all)")
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    about = {"threads": torch.get_num_threads(), "processor": processor()}
    about |= {"cells": options.cells, "genes": options.genes}
    with tempfile.TemporaryDirectory() as folder:
        plain, small = Path(folder) / "plain.h5ad", Path(folder) / "gzip.h5ad"
        write_atlas(plain, options.cells, options.genes, options.density)
        gzipped(plain, small)
        for path in (plain, small):
            found = {"file": path.stem} | measure(path, options.repeats)
            date = datetime.date.today().isoformat()
            print(json.dumps(found | about | {"date": date}), flush=True)


if __name__ == "__main__":
    main()
