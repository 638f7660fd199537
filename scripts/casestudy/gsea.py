"""Find the gene sets that differ between the statuses of a case study."""

from pathlib import Path

import pandas as pd

from clear.benchmark.casestudy.enrichment import COLUMNS, enrichment
from clear.benchmark.casestudy.gene_sets import check_symbols, read_gmt
from clear.benchmark.logs import logged
from clear.benchmark.tsv import read_table, write_table

with logged(snakemake.log[0]):
    genes, found = read_table(Path(snakemake.input.genes)), pd.DataFrame(columns=COLUMNS)
    if len(genes) and (path := snakemake.input.get("gmt")):
        sets = read_gmt(Path(path))
        check_symbols(sets, genes["gene"], Path(path))
        found = enrichment(genes, sets, snakemake.params.focus)
    write_table(found, Path(snakemake.output[0]))
