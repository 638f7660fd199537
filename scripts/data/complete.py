"""End with an error that says which datasets could not be had, if any."""

from pathlib import Path

from clear.benchmark.logs import logged
from clear.benchmark.record import missing
from clear.errors import ClearError

with logged(snakemake.log[0]):
    folders = [Path(folder) for folder in snakemake.input.folders]
    if found := missing(Path(snakemake.params.data), folders):
        raise ClearError(
            f"No data for {'; '.join(found)}. All else is done; the same command tries again."
        )
    Path(snakemake.output[0]).touch()
