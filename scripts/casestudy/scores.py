"""Score the gene lists of a case study in its donors, and look at their genes one by one."""

from pathlib import Path

import pandas as pd

from clear.benchmark.casestudy.gene_lists import lists_in, read_lists
from clear.benchmark.casestudy.list_expression import COLUMNS, list_expression
from clear.benchmark.casestudy.list_scores import SCORES, donor_scores, score_tests
from clear.benchmark.casestudy.study import log_normalised, read_study
from clear.benchmark.logs import logged
from clear.benchmark.tsv import read_table, write_table

with logged(snakemake.log[0]):
    types, params = read_table(Path(snakemake.input.types)), snakemake.params
    path = Path(snakemake.input.lists)
    scores, single = pd.DataFrame(columns=SCORES), pd.DataFrame(columns=COLUMNS)
    if len(types):
        data, cells = read_study(types, Path(snakemake.input.data))
        names = data.var_names.to_numpy()
        lists = lists_in(read_lists(path), names, path)
        about = log_normalised(data.X), names, cells, lists, params.focus
        scores, single = donor_scores(*about), list_expression(*about)
    write_table(single, Path(snakemake.output.expression))
    write_table(scores, Path(snakemake.output.scores))
    write_table(score_tests(scores, params.statuses), Path(snakemake.output.tests))
