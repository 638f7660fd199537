"""Rank the methods without one group of datasets after the other."""

from pathlib import Path

from clear.benchmark.logs import logged
from clear.benchmark.statistics.leave_out import leave_out_table
from clear.benchmark.tasks.registry import without_curves
from clear.benchmark.tsv import read_table, write_table

with logged(snakemake.log[0]):
    table = without_curves(read_table(Path(snakemake.input[0])))
    given = snakemake.params
    ranks = leave_out_table(table, given.metrics, given.controls, given.tuned_on, given.groups)
    write_table(ranks, Path(snakemake.output[0]))
