"""Cluster the embedding of a case study."""

from pathlib import Path

from clear.benchmark.casestudy.cells import cluster_table
from clear.benchmark.logs import logged
from clear.benchmark.tsv import write_table

with logged(snakemake.log[0]):
    truth = Path(snakemake.input.data) / "truth.tsv"
    write_table(cluster_table(Path(snakemake.input.run), truth), Path(snakemake.output[0]))
