"""Compare the arms of an ablation."""

from pathlib import Path

from clear.benchmark.logs import logged
from clear.benchmark.statistics.ablation import ablation_table
from clear.benchmark.tasks.registry import without_curves
from clear.benchmark.tsv import read_table, write_table

with logged(snakemake.log[0]):
    scores = without_curves(read_table(Path(snakemake.input[0])))
    table = ablation_table(scores, snakemake.params.arms)
    write_table(table, Path(snakemake.output[0]))
