"""Draw a figure."""

from pathlib import Path

from clear.benchmark.figures.drawing import make
from clear.benchmark.logs import logged

with logged(snakemake.log[0]):
    files = dict(snakemake.input.items())
    make(snakemake.params.about, files, snakemake.params.card, Path(snakemake.output.png))
