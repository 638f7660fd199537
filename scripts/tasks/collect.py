"""Join all scores into one tidy table, and all runs into another."""

from pathlib import Path

from clear.benchmark.logs import logged
from clear.benchmark.tasks.collect import collect_runs, collect_scores
from clear.benchmark.tsv import write_table

with logged(snakemake.log[0]):
    folders = [Path(run) for run in snakemake.input.runs]
    tables = [Path(table) for table in snakemake.input.scores]
    scores = collect_scores(tables, folders, snakemake.params.served)
    runs = collect_runs(folders, scores, snakemake.params.scoring)
    write_table(scores, Path(snakemake.output.scores))
    write_table(runs, Path(snakemake.output.runs))
