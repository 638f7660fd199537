"""Read a dataset's files into one canonical AnnData."""

from pathlib import Path

from clear.benchmark.data.read import read
from clear.benchmark.logs import logged

with logged(snakemake.log[0]):
    read(
        snakemake.params.card,
        Path(snakemake.input[0]),
        Path(snakemake.output.data),
        Path(snakemake.output.record),
    )
