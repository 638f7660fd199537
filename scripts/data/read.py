"""Read a dataset's files into one canonical AnnData."""

from pathlib import Path

from clear.benchmark.data.read import read
from clear.benchmark.logs import logged
from clear.benchmark.step import take_step

source, out = Path(snakemake.input[0]), Path(snakemake.output[0])


def make(folder: Path) -> None:
    """Fill the folder of this step."""
    # Blocks that a killed process has read lie outside the folder, and are not read again.
    blocks = out.with_name(".dataset.h5ad.partial")
    read(snakemake.params.card, source, folder / "dataset.h5ad", folder / "read.json", blocks)


with logged(snakemake.log[0]) as screen:
    take_step("read", out, make, before=source, screen=screen)
