"""Write the self-contained page of a run."""

from pathlib import Path

from clear.benchmark.logs import logged
from clear.benchmark.report.page import build

with logged(snakemake.log[0]):
    # Where there are no data there is a status and no other record.
    names = ("fetch.json", "read.json", "prepare.json")
    places = [Path(folder) / name for folder in snakemake.input.records for name in names]
    build(
        Path(snakemake.input.manifest).parent,
        [place for place in places if place.exists()],
        [Path(figure) for figure in snakemake.input.figures],
        [Path(table) for table in snakemake.input.tables],
        Path(snakemake.output[0]),
    )
