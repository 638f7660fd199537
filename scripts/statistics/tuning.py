"""Choose among the configurations of each method."""

from pathlib import Path

import pandas as pd

from clear.benchmark.logs import logged
from clear.benchmark.statistics.tuning import tuning_table
from clear.benchmark.tsv import read_table, write_table

with logged(snakemake.log[0]):
    widths = pd.concat([read_table(Path(path)) for path in snakemake.input.widths])
    scores = read_table(Path(snakemake.input.scores))
    table = tuning_table(scores, widths, snakemake.params.configurations)
    write_table(table, Path(snakemake.output[0]))
