"""Test whether methods differ, and by how much their mean ranks must."""

from pathlib import Path

from clear.benchmark.logs import logged
from clear.benchmark.statistics.mean_ranks import mean_rank_table
from clear.benchmark.tasks.registry import without_curves
from clear.benchmark.tsv import read_table, write_table

with logged(snakemake.log[0]):
    table = without_curves(read_table(Path(snakemake.input[0])))
    given = snakemake.params
    ranks = mean_rank_table(table, given.metrics, given.controls, given.tuned_on)
    write_table(ranks, Path(snakemake.output[0]))
