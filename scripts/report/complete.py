"""Say which runs did not succeed; end with an error that says which datasets have no data."""

from pathlib import Path

from clear.benchmark.logs import logged
from clear.benchmark.record import no_data
from clear.benchmark.report.lost_runs import lost_runs
from clear.benchmark.tsv import read_table

with logged(snakemake.log[0]) as screen:
    if lost := lost_runs(read_table(Path(snakemake.input.runs))):
        print(f"{lost}. The page lists them: {snakemake.input.page}", file=screen, flush=True)
    no_data(Path(snakemake.params.data), [Path(folder) for folder in snakemake.input.folders])
    Path(snakemake.output[0]).touch()
