"""Bring a dataset's files together: from a mirror, this machine or the network."""

from pathlib import Path

from clear.benchmark.data.fetch.fetch import fetch
from clear.benchmark.logs import logged

with logged(snakemake.log[0]):
    mirror = snakemake.params.mirror
    fetch(
        snakemake.params.card,
        Path(snakemake.output[0]),
        downloads=Path("results/downloads"),
        checksums=Path(snakemake.params.checksums),
        mirror=Path(mirror) if mirror else None,
    )
