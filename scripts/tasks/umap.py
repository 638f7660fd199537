"""Project the embeddings of every method on one dataset to the plane."""

from pathlib import Path

from clear.benchmark.logs import logged
from clear.benchmark.tasks.projection import umap_table
from clear.benchmark.tsv import write_table

with logged(snakemake.log[0]):
    runs = [Path(run) for run in snakemake.input.runs]
    truth = Path(snakemake.input.data[0]) / "truth.tsv"
    planes = {path.parent.name: path for path in map(Path, snakemake.input.planes)}
    table = umap_table(runs, truth, snakemake.params.n_neighbors, planes)
    write_table(table, Path(snakemake.output[0]))
