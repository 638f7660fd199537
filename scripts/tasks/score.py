"""Score all runs of one method on one dataset for one task."""

from pathlib import Path

import pandas as pd

from clear.benchmark.logs import logged
from clear.benchmark.tasks.registry import all_tasks
from clear.benchmark.tasks.score import score_run
from clear.benchmark.tasks.without_plots import import_igraph
from clear.benchmark.tsv import write_table

with logged(snakemake.log[0]):
    import_igraph()
    task = all_tasks()[snakemake.wildcards.task]
    truth, settings = Path(snakemake.input.data[0]) / "truth.tsv", snakemake.params.settings
    served = snakemake.params.served
    tables = [score_run(task, Path(run), truth, settings, served) for run in snakemake.input.runs]
    write_table(pd.concat(tables), Path(snakemake.output[0]))
