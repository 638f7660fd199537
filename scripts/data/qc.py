"""Write the quality of every cell of a dataset, and which filter takes it."""

from pathlib import Path

from clear.benchmark.data.prepare.quality import quality_table
from clear.benchmark.logs import logged
from clear.benchmark.step import take_step

dataset = Path(snakemake.input[0])


def make(folder: Path) -> None:
    """Fill the folder of this step."""
    settings = snakemake.params.settings
    quality_table(snakemake.params.card, dataset / "dataset.h5ad", folder / "qc.tsv", settings)


with logged(snakemake.log[0]) as screen:
    take_step("qc", Path(snakemake.output[0]), make, before=dataset, screen=screen)
