"""Summarise what runs took."""

from pathlib import Path

from clear.benchmark.logs import logged
from clear.benchmark.statistics.costs import costs_table
from clear.benchmark.tsv import read_table, write_table

with logged(snakemake.log[0]):
    table = read_table(Path(snakemake.input[0]))
    write_table(costs_table(table), Path(snakemake.output[0]))
