"""Summarise scores over seeds."""

from pathlib import Path

from clear.benchmark.logs import logged
from clear.benchmark.statistics.summary import statistics_table
from clear.benchmark.tsv import read_table, write_table

with logged(snakemake.log[0]):
    table = read_table(Path(snakemake.input[0]))
    write_table(statistics_table(table, snakemake.params.served), Path(snakemake.output[0]))
