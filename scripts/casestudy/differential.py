"""Compare the genes of each type between the statuses of a case study."""

from pathlib import Path

import pandas as pd

from clear.benchmark.casestudy.differential import COLUMNS, CONTRASTS, differential
from clear.benchmark.casestudy.known import with_truth
from clear.benchmark.casestudy.study import log_normalised, read_study
from clear.benchmark.logs import logged
from clear.benchmark.tsv import read_table, write_table

with logged(snakemake.log[0]):
    types, params = read_table(Path(snakemake.input.types)), snakemake.params
    genes, contrasts = pd.DataFrame(columns=COLUMNS), pd.DataFrame(columns=CONTRASTS)
    if len(types):
        data, cells = read_study(types, Path(snakemake.input.data))
        x = log_normalised(data.X)
        names = data.var_names.to_numpy()
        genes, contrasts = differential(x, data.X, names, cells, params.statuses, snakemake.threads)
    contrasts = with_truth(contrasts, genes, params.known)
    write_table(genes, Path(snakemake.output.genes))
    write_table(contrasts, Path(snakemake.output.contrasts))
