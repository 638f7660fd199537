"""Score all runs of one method on one dataset."""

from pathlib import Path

import pandas as pd

from clear.benchmark.logs import logged
from clear.benchmark.tasks.clustering import score_run
from clear.benchmark.tasks.collect import write_table

with logged(snakemake.log[0]):
    truth, settings = Path(snakemake.input.data[0]) / "truth.tsv", snakemake.params.settings
    tables = [score_run(Path(run), truth, settings) for run in snakemake.input.runs]
    write_table(pd.concat(tables), Path(snakemake.output[0]))
