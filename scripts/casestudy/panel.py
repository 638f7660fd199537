"""Write down the expression of the genes that the panels of a case study show."""

from pathlib import Path

import pandas as pd

from clear.benchmark.casestudy.panel import panel_table
from clear.benchmark.logs import logged
from clear.benchmark.record import read_record
from clear.benchmark.tsv import write_table

with logged(snakemake.log[0]):
    folder = Path(snakemake.input.data)
    if read_record(folder)["status"] == "ok":
        table = panel_table(folder / "input.h5ad")
    else:
        table = pd.DataFrame(columns=["cell"])
    write_table(table, Path(snakemake.output[0]))
