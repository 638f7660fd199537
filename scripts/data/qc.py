"""Write the quality of every cell of a dataset, and which filter takes it."""

from pathlib import Path

from clear.benchmark.data.prepare.prepare import quality_table
from clear.benchmark.logs import logged

with logged(snakemake.log[0]):
    quality_table(
        snakemake.params.card,
        Path(snakemake.input[0]),
        Path(snakemake.output[0]),
        snakemake.params.settings,
    )
