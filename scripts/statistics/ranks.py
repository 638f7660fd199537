"""Rank the methods."""

from pathlib import Path

from clear.benchmark.logs import logged
from clear.benchmark.statistics.ranks import rank_table
from clear.benchmark.tasks.registry import without_curves
from clear.benchmark.tsv import read_table, write_table

with logged(snakemake.log[0]):
    table = without_curves(read_table(Path(snakemake.input[0])))
    write_table(
        rank_table(table, snakemake.params.better, snakemake.params.controls),
        Path(snakemake.output[0]),
    )
