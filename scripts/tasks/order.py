"""Put the cells of one dataset in each method's order; see the module."""

from pathlib import Path

from clear.benchmark.logs import logged
from clear.benchmark.tasks.cells_in_order import cells_in_order
from clear.benchmark.tsv import read_table, write_table

with logged(snakemake.log[0]):
    runs = [Path(run) for run in snakemake.input.runs]
    truth = Path(snakemake.input.data[0]) / "truth.tsv"
    umap = read_table(Path(snakemake.input.umap))
    tables = cells_in_order(runs, truth, umap, snakemake.params.n_neighbors)
    for table, path in zip(tables, snakemake.output, strict=True):
        write_table(table, Path(path))
