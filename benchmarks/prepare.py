"""Measure memory and time from a canonical dataset to the embedding and the clusters of its cells.

    python benchmarks/prepare.py --cells 100000 300000 1000000 --genes 27000

For each size a dataset of simulated counts is written as the rule ``read`` leaves it. Each step
then runs in a process of its own, by the functions that the workflow calls: ``qc`` (the table of
the cells), ``prepare`` (2,000 highly variable genes), ``embed`` (CLEAR from ``input.h5ad`` on
disk) and ``map`` (neighbours, Leiden and UMAP of the embedding). Writes one JSON object per size,
and each step to stderr when it ends, since those of a million cells take hours. Exit status 1 if a
peak is above ``--limit``. The files are removed.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

import anndata
import h5py
import pandas as pd
from memory import write_atlas
from peak import measured

from clear.benchmark.data.spill import FINAL

CARD = {"id": "atlas", "organism": None, "tasks": []}
SETTINGS = {"min_genes": 200, "min_cells": 3, "max_mito": 0.2, "max_ercc": None}
SETTINGS |= {"target_sum": 1e4, "n_top_genes": 2000, "hvg_flavor": "seurat", "scale": None}
START = "import json, sys; from pathlib import Path; "
STEPS = {
    "qc": START + "from clear.benchmark.data.prepare.quality import quality_table; "
    "card, settings = map(json.loads, sys.argv[1:3]); source, folder = map(Path, sys.argv[3:5]); "
    "quality_table(card, source, folder / 'qc.tsv', {'standard': settings})",
    "prepare": START + "from clear.benchmark.data.prepare.prepare import prepare; "
    "card, settings = map(json.loads, sys.argv[1:3]); source, folder = map(Path, sys.argv[3:5]); "
    "outs = [folder / name for name in ('input.h5ad', 'truth.tsv', 'prepare.json')]; "
    "prepare(card, source, *outs, settings, 'standard', 'none')",
    "embed": START + "import numpy; from clear import CLEAR; "
    "from clear.files.h5ad import open_expression; folder = Path(sys.argv[4]); "
    "model = CLEAR(epochs=int(sys.argv[5]), device=sys.argv[6]); "
    "numpy.save(folder / 'x.npy', model.fit_transform(open_expression(folder / 'input.h5ad')))",
    "map": START + "import numpy; from clear.benchmark.casestudy.cells import RESOLUTION; "
    "from clear.benchmark.casestudy.engines import lay_out; "
    "from clear.clusters import N_NEIGHBORS; folder = Path(sys.argv[4]); "
    "about = lay_out(numpy.load(folder / 'x.npy'), N_NEIGHBORS, RESOLUTION, sys.argv[6])[2]; "
    "(folder / 'map.json').write_text(json.dumps(about))",
}


def write_dataset(path: Path, cells: int, genes: int, density: float) -> None:
    """Write simulated counts in canonical shape; the first 13 genes are mitochondrial by name."""
    write_atlas(path, cells, genes, density, **FINAL)
    with h5py.File(path, "r+") as file:
        names = [f"MT-{gene}" if gene < 13 else f"gene{gene}" for gene in range(genes)]
        anndata.io.write_elem(file, "var", pd.DataFrame({"gene": names}, index=names))
        anndata.io.write_elem(file, "uns", {"unit": "counts", "dataset": CARD["id"]})


def measure(cells: int, options: argparse.Namespace, folder: Path) -> dict:
    """Write one dataset and take all steps; return sizes, times and peak memory."""
    source = folder / "dataset.h5ad"
    write_dataset(source, cells, options.genes, options.density)
    with h5py.File(source) as file:
        values = file["X/data"].shape[0]
    found = {"cells": cells, "genes": options.genes, "values": values}
    settings = SETTINGS | {"min_genes": min(200, options.genes // 100)}
    arguments = [json.dumps(CARD), json.dumps(settings), source, folder]
    for step, program in STEPS.items():
        found[step] = measured(["-c", program, *arguments, options.epochs, options.device])
        print(json.dumps({"cells": cells, step: found[step]}), file=sys.stderr, flush=True)
    about = json.loads((folder / "map.json").read_text())
    found["map"] |= {name: about[name] for name in ("engine", "neighbours", "clusters")}
    found["map"]["seconds_of"] = about["seconds"]
    for name in ("dataset", "input"):
        found[f"{name}_gb"] = round((folder / f"{name}.h5ad").stat().st_size / 1e9, 2)
    return found


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cells", type=int, nargs="+", default=[100_000, 300_000])
    parser.add_argument("--genes", type=int, default=27_000)
    parser.add_argument("--density", type=float, default=0.05)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--limit", type=float, default=8.0, help="GB (default: 8)")
    parser.add_argument("--folder", type=Path, help="for the files (default: temporary)")
    options = parser.parse_args()
    peaks = []
    for cells in options.cells:
        with tempfile.TemporaryDirectory(dir=options.folder) as folder:
            row = measure(cells, options, Path(folder))
        print(json.dumps(row), flush=True)
        peaks += [row[step]["peak_gb"] for step in STEPS]
    return int(max(peaks) > options.limit)


if __name__ == "__main__":
    sys.exit(main())
