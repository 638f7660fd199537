"""Measure memory and time of ``clear embed`` on large .h5ad files.

    python benchmarks/memory.py --cells 100000 300000 --genes 27000

For each size an atlas is simulated (``simulate_atlas.py``) and embedded by the command in a
process of its own, with 2,000 highly variable genes. Peak memory is the maximum resident set size
of that process, which includes mapped files but not the page cache. Exit status 1 if a peak is
above ``--limit``, or the largest peak more than a quarter above the smallest. The files are
removed.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from simulate_atlas import simulate

# Pools differ in size up to 1 GiB, and the embedding itself grows: 0.5 kB per cell.
FLAT = 1.25
PROGRAM = "import sys; from clear.cli import main; sys.exit(main())"


def measure(cells: int, options: argparse.Namespace, folder: Path) -> dict:
    """Simulate and embed one file; return sizes, times and peak memory."""
    source, output = folder / "atlas.h5ad", folder / "embedded.h5ad"
    began = time.perf_counter()
    simulate(source, cells, options.genes, options.density)
    simulated = time.perf_counter() - began
    size = source.stat().st_size
    arguments = ["--counts", "--n-top-genes", options.n_top_genes, "--epochs", options.epochs]
    command = [sys.executable, "-c", PROGRAM, "embed", source, output, *arguments]
    began = time.perf_counter()
    # An extra process: the maximum is over all ended children of a process.
    peak = "import resource, subprocess, sys; done = subprocess.run(sys.argv[1:]); "
    peak += "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss); "
    peak += "sys.exit(done.returncode)"
    done = subprocess.run(
        [sys.executable, "-c", peak, *map(str, command), "--device", options.device],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    seconds = time.perf_counter() - began
    for path in (source, output):
        path.unlink()
    return {
        "cells": cells,
        "genes": options.genes,
        "file_gb": round(size / 1e9, 2),
        "simulate_s": round(simulated),
        "embed_s": round(seconds),
        "peak_gb": round(int(done.stdout) * 1024 / 1e9, 2),
    }


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
    parser.add_argument("--json", action="store_true", help="one JSON object per size")
    options = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        for cells in options.cells:
            rows.append(measure(cells, options, Path(folder)))
            if options.json:
                print(json.dumps(rows[-1]), flush=True)
            else:
                print("  ".join(f"{name} {value}" for name, value in rows[-1].items()), flush=True)
    peaks = [row["peak_gb"] for row in rows]
    return int(max(peaks) > options.limit or max(peaks) > FLAT * min(peaks))


if __name__ == "__main__":
    sys.exit(main())
