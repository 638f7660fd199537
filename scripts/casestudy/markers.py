"""Rank the genes of each cluster of a case study."""

from pathlib import Path

import anndata

from clear.benchmark.casestudy.cluster_markers import cluster_markers
from clear.benchmark.logs import logged
from clear.benchmark.tsv import read_table, write_table

with logged(snakemake.log[0]):
    clusters = read_table(Path(snakemake.input.clusters))
    data = None
    if len(clusters):
        data = anndata.read_h5ad(Path(snakemake.input.data) / "input.h5ad")
    write_table(cluster_markers(clusters, data), Path(snakemake.output[0]))
