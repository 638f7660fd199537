"""Measure how far the clusters of a method's runs lie apart; see the module."""

from pathlib import Path

from clear.benchmark.logs import logged
from clear.benchmark.tasks.separation_of_clusters import widths
from clear.benchmark.tsv import write_table

with logged(snakemake.log[0]):
    runs = [Path(run) for run in snakemake.input.runs]
    truth = Path(snakemake.input.data[0]) / "truth.tsv"
    write_table(widths(runs, truth, snakemake.params.n_neighbors), Path(snakemake.output[0]))
