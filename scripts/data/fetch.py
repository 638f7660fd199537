"""Bring a dataset's files together: from a mirror, this machine or the network."""

from pathlib import Path

from clear.benchmark.data.fetch.fetch import fetch
from clear.benchmark.logs import logged
from clear.benchmark.step import take_step


def make(folder: Path) -> None:
    """Fill the folder of this step."""
    mirror = snakemake.params.mirror
    fetch(
        snakemake.params.card,
        folder,
        downloads=Path("results/downloads"),
        checksums=Path(snakemake.params.checksums),
        mirror=Path(mirror) if mirror else None,
        min_speed=snakemake.resources.min_speed,
        refused=snakemake.params.refused,
    )


with logged(snakemake.log[0]) as screen:
    take_step("fetch", Path(snakemake.output[0]), make, screen=screen)
