"""Cluster the cells of a case study and lay them out in the plane."""

from pathlib import Path

from clear.benchmark.casestudy.cells import map_cells
from clear.benchmark.logs import logged
from clear.benchmark.tsv import write_table
from clear.files.atomic import write_json

with logged(snakemake.log[0]):
    run, truth = Path(snakemake.input.run), Path(snakemake.input.data) / "truth.tsv"
    n_neighbors, device = snakemake.params.n_neighbors, snakemake.params.device
    clusters, umap, record = map_cells(run, truth, n_neighbors, device)
    write_table(clusters, Path(snakemake.output.clusters))
    write_table(umap, Path(snakemake.output.umap))
    write_json(snakemake.output.record, record)
