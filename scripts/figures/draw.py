"""Draw a figure."""

from pathlib import Path

from clear.benchmark.figures.drawing import draw
from clear.benchmark.logs import logged

with logged(snakemake.log[0]):
    files = dict(snakemake.input.items())
    draw(snakemake.params.about, files, snakemake.params.card, Path(snakemake.output.png))
