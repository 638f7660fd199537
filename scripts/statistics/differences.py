"""Compare every method with CLEAR."""

from pathlib import Path

from clear.benchmark.logs import logged
from clear.benchmark.statistics.differences import differences_table
from clear.benchmark.tasks.registry import without_curves
from clear.benchmark.tsv import read_table, write_table

with logged(snakemake.log[0]):
    given = snakemake.params
    scores, statistics = (
        without_curves(read_table(Path(path)))
        for path in (snakemake.input.scores, snakemake.input.statistics)
    )
    table = differences_table(
        scores, statistics, given.metrics, given.references, given.controls, given.tuned_on
    )
    write_table(table, Path(snakemake.output[0]))
