"""Scan Leiden's resolution on embeddings of one dataset; see the module."""

from pathlib import Path

from clear.benchmark.logs import logged
from clear.benchmark.tasks.turning_point import scans
from clear.benchmark.tasks.without_plots import import_igraph
from clear.benchmark.tsv import write_table

with logged(snakemake.log[0]):
    import_igraph()
    runs = [Path(run) for run in snakemake.input.runs]
    truth = Path(snakemake.input.data[0]) / "truth.tsv"
    tables = scans(runs, truth, snakemake.params.n_neighbors)
    for table, path in zip(tables, snakemake.output, strict=True):
        write_table(table, Path(path))
