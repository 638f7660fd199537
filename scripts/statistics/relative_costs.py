"""Compare the costs of every method with those of CLEAR."""

from pathlib import Path

from clear.benchmark.logs import logged
from clear.benchmark.statistics.relative_costs import relative_costs_table
from clear.benchmark.tsv import read_table, write_table

with logged(snakemake.log[0]):
    costs = read_table(Path(snakemake.input[0]))
    table = relative_costs_table(costs, snakemake.params.references)
    write_table(table, Path(snakemake.output[0]))
