"""Measure memory and time of reading a matrix larger than memory.

    python benchmarks/read_mtx.py --cells 100000 300000 --genes 27000 --values 1300

For each size counts are simulated as GSE158055 has them: gzipped Matrix Market text with cells in
rows, values like 6.2000000e+01 and genes in no order, here in two parts that a cell is split
between; lists of genes and cells; a table of the cells. ``clear.benchmark.data.read`` makes the
canonical dataset of it in a process of its own. Writes one JSON object per
size. Exit status 1 if a peak is above ``--limit``. The files are removed.
"""

import argparse
import gzip
import json
import sys
import tempfile
from pathlib import Path

import h5py
import numpy as np
from peak import measured

MODEL_CELLS = 2048
CARD = {
    "id": "atlas",
    "unit": "counts",
    "label": "majorType",
    "batch": "sampleID",
    "stage": None,
    "reader": "mtx_parts",
    "reader_options": {"parts": "whole"},
    "annotations": [{"file": "annotation.csv", "key": "cellName"}],
}
PROGRAM = "import json, sys; from pathlib import Path; from clear.benchmark.data.read import read; "
PROGRAM += "read(json.loads(sys.argv[1]), *map(Path, sys.argv[2:]))"


def simulate(folder: Path, cells: int, genes: int, values: int) -> tuple[int, int]:
    """Write a fetched folder; return the number of entries and the size of their text in bytes."""
    random = np.random.default_rng(0)
    frequency = np.exp(random.normal(0, 2, genes))
    frequency /= frequency.sum()
    models, sizes = [], []
    for depth in random.gamma(4, values / 4, MODEL_CELLS):
        found = random.choice(genes, 1 + min(int(depth), genes // 2), replace=False, p=frequency)
        counts = random.geometric(0.5, len(found))
        pairs = zip(found + 1, counts, strict=True)
        models.append("".join(f"# {gene} {count:.7e}\n" for gene, count in pairs).encode())
        sizes.append(len(found))
    chosen = random.integers(MODEL_CELLS, size=cells)
    entries = int(np.take(sizes, chosen).sum())
    half = int(np.take(sizes, chosen[: cells // 2]).sum()) + 1  # the next cell's first entry
    text = 0
    paths = folder / "part1.mtx.gz", folder / "part2.mtx.gz"
    with gzip.open(paths[0], "wb", 1) as first, gzip.open(paths[1], "wb", 1) as second:
        for file, number in ((first, half), (second, entries - half)):
            file.write(b"%%MatrixMarket matrix coordinate real general\n%\n")
            file.write(f"{cells} {genes} {number}\n".encode())
        for cell, model in enumerate(chosen):
            lines = models[model].replace(b"#", str(cell + 1).encode())
            text += len(lines)
            if cell == cells // 2:
                line, end, lines = lines.partition(b"\n")
                first.write(line + end)
            (first if cell < cells // 2 else second).write(lines)
    names = [f"{chosen[cell]:016b}-{cell}" for cell in range(cells)]
    (folder / "barcodes.tsv").write_text("\n".join(names) + "\n")
    (folder / "features.tsv").write_text("".join(f"gene{gene}\n" for gene in range(genes)))
    rows = (f"{name},S-{i % 284},type{i % 64},major{i % 12}\n" for i, name in enumerate(names))
    (folder / "annotation.csv").write_text("cellName,sampleID,celltype,majorType\n" + "".join(rows))
    roles = {"part1.mtx.gz": "matrix", "part2.mtx.gz": "matrix", "features.tsv": "features"}
    roles |= {"barcodes.tsv": "barcodes", "annotation.csv": "annotation"}
    fetched = {"dataset": "atlas", "source": "main", "canonical": False}
    fetched["files"] = [{"name": n, "role": role, "sha256": ""} for n, role in roles.items()]
    (folder / "fetch.json").write_text(json.dumps(fetched))
    return entries, text


def measure(cells: int, options: argparse.Namespace, folder: Path) -> dict:
    """Simulate and read one size; return sizes, times and peak memory."""
    entries, text = simulate(folder, cells, options.genes, options.values)
    zipped = sum(path.stat().st_size for path in folder.glob("*.gz"))
    output = folder / "out" / "dataset.h5ad"
    paths = folder, output, output.with_name("read.json")
    found = measured(["-c", PROGRAM, json.dumps(CARD), *paths])
    with h5py.File(output) as file:
        if file["X/data"].shape != (entries,):
            raise SystemExit(f"{entries} entries were written, {file['X/data'].shape} were read.")
    return {
        "cells": cells,
        "genes": options.genes,
        "entries": entries,
        "text_gb": round(text / 1e9, 2),
        "gzipped_gb": round(zipped / 1e9, 2),
        "dataset_gb": round(output.stat().st_size / 1e9, 2),
        **found,
    }


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cells", type=int, nargs="+", default=[100_000, 300_000])
    parser.add_argument("--genes", type=int, default=27_000)
    parser.add_argument(
        "--values", type=int, default=1300, help="genes of a cell, about (default: 1300)"
    )
    parser.add_argument("--limit", type=float, default=2.0, help="GB (default: 2)")
    parser.add_argument("--folder", type=Path, help="for the files (default: temporary)")
    options = parser.parse_args()
    rows = []
    for cells in options.cells:
        with tempfile.TemporaryDirectory(dir=options.folder) as folder:
            rows.append(measure(cells, options, Path(folder)))
        print(json.dumps(rows[-1]), flush=True)
    return int(max(row["peak_gb"] for row in rows) > options.limit)


if __name__ == "__main__":
    sys.exit(main())
