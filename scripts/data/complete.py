"""End with an error that says which datasets have no data, if any."""

from pathlib import Path

from clear.benchmark.logs import logged
from clear.benchmark.record import no_data

with logged(snakemake.log[0]):
    no_data(Path(snakemake.params.data), [Path(folder) for folder in snakemake.input.folders])
    Path(snakemake.output[0]).touch()
