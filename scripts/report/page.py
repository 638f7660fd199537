"""Write the self-contained page of a run."""

from pathlib import Path

from clear.benchmark.logs import logged
from clear.benchmark.report.page import build

with logged(snakemake.log[0]):
    records = [Path(folder) / "fetch.json" for folder in snakemake.input.sources]
    build(
        Path(snakemake.input.manifest).parent,
        records + [Path(record) for record in snakemake.input.records],
        [Path(figure) for figure in snakemake.input.figures],
        Path(snakemake.output[0]),
    )
