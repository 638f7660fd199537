"""Make the input of the methods and, apart from it, the truth."""

from pathlib import Path

from clear.benchmark.data.prepare.prepare import prepare
from clear.benchmark.logs import logged
from clear.benchmark.step import take_step

dataset = Path(snakemake.input[0])


def make(folder: Path) -> None:
    """Fill the folder of this step."""
    prepare(
        snakemake.params.card,
        dataset / "dataset.h5ad",
        folder / "input.h5ad",
        folder / "truth.tsv",
        folder / "prepare.json",
        snakemake.params.settings,
        snakemake.wildcards.recipe,
        snakemake.wildcards.perturbation,
    )


with logged(snakemake.log[0]) as screen:
    take_step("prepare", Path(snakemake.output[0]), make, before=dataset, screen=screen)
