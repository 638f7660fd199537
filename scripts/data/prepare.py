"""Make the input of the methods and, apart from it, the truth."""

from pathlib import Path

from clear.benchmark.data.prepare.prepare import prepare
from clear.benchmark.logs import logged

with logged(snakemake.log[0]):
    prepare(
        snakemake.params.card,
        Path(snakemake.input[0]),
        Path(snakemake.output.input),
        Path(snakemake.output.truth),
        Path(snakemake.output.record),
        snakemake.params.settings,
        snakemake.wildcards.recipe,
        snakemake.wildcards.perturbation,
    )
