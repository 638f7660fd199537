"""Measure memory and CPU time of UMAP for as many cells as an atlas has.

    python benchmarks/layout.py --cells 1462702 --epochs 2 12

The graph is drawn at random, so that no neighbours need to be sought: 14 edges from each cell to
some of the next 2,000, with weights from 0 to 1. Each number of epochs has a process of its own.
Writes one JSON object each: ``held_gb`` are embedding and graph before, ``peak_gb`` is while UMAP
computes. What an epoch takes is the difference of two rows; the workflow takes 200.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from scipy import sparse

from clear.benchmark.tasks import projection

DIMENSIONS, EDGES, REACH = 128, 14, 2000


def cells_and_graph(cells: int) -> tuple[np.ndarray, sparse.csr_matrix]:
    """Return an embedding without structure and a graph that does not belong to it."""
    rng = np.random.default_rng(0)
    embedding = rng.normal(size=(cells, DIMENSIONS)).astype(np.float32)
    ends = np.arange(cells)[:, None] + rng.integers(1, REACH, (cells, EDGES))
    starts = np.arange(0, cells * EDGES + 1, EDGES)
    weights = rng.random(cells * EDGES, dtype=np.float32)
    graph = sparse.csr_matrix((weights, (ends % cells).ravel(), starts), (cells, cells))
    graph.sum_duplicates()
    return embedding, graph.maximum(graph.T.tocsr())


def resident(name: str) -> float:
    """Return VmRSS or VmHWM of this process in GB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    line = next(line for line in lines if line.startswith(name))
    return round(int(line.split()[1]) * 1024 / 1e9, 2)


def measure(cells: int, epochs: int) -> dict:
    """Lay the cells out; return memory and CPU time."""
    embedding, graph = cells_and_graph(cells)
    found = {"cells": cells, "epochs": epochs, "held_gb": resident("VmRSS")}
    Path("/proc/self/clear_refs").write_text("5")  # the peak is now what is resident
    projection.EPOCHS = projection.EPOCHS_OF_MANY = epochs
    start = time.process_time()
    projection.project_graph(embedding, graph)
    return found | {"cpu_s": round(time.process_time() - start), "peak_gb": resident("VmHWM")}


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cells", type=int, default=100_000)
    parser.add_argument("--epochs", type=int, nargs="+", default=[2, 12])
    options = parser.parse_args()
    if len(options.epochs) == 1:
        print(json.dumps(measure(options.cells, *options.epochs)), flush=True)
        return
    for epochs in options.epochs:
        command = [sys.executable, __file__, f"--cells={options.cells}", f"--epochs={epochs}"]
        subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
