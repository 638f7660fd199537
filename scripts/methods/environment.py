"""Build the environment of a method that cannot share the main one."""

from pathlib import Path

from clear.benchmark.environment import build
from clear.benchmark.logs import logged

with logged(snakemake.log[0]):
    build(Path(snakemake.params.file), Path(snakemake.output[0]).parent)
