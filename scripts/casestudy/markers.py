"""Rank the genes of each cluster of a case study."""

from pathlib import Path

from clear.benchmark.casestudy.cluster_markers import COLUMNS, cluster_markers
from clear.benchmark.casestudy.expression import all_genes
from clear.benchmark.logs import logged
from clear.benchmark.tsv import read_table, write_table

with logged(snakemake.log[0]):
    clusters = read_table(Path(snakemake.input.clusters))
    table = clusters[:0].reindex(columns=COLUMNS)
    if len(clusters):
        table = cluster_markers(clusters, *all_genes(Path(snakemake.input.data) / "input.h5ad"))
    write_table(table, Path(snakemake.output[0]))
