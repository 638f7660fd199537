"""Project the embedding of a case study to the plane."""

from pathlib import Path

from clear.benchmark.casestudy.cells import umap_of_cells
from clear.benchmark.logs import logged
from clear.benchmark.tsv import write_table

with logged(snakemake.log[0]):
    truth = Path(snakemake.input.data) / "truth.tsv"
    write_table(umap_of_cells(Path(snakemake.input.run), truth), Path(snakemake.output[0]))
