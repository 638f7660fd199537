"""Draw the quality of a dataset's cells."""

import json
from pathlib import Path

import pandas as pd

from clear.benchmark.figures import qc, style
from clear.benchmark.logs import logged

with logged(snakemake.log[0]):
    table = pd.read_csv(
        snakemake.input.table,
        sep="\t",
        dtype={"cell": str, "cell_type": str, "batch": str},
        na_values={name: [""] for name in ("mito_share", "ercc_share")},
        keep_default_na=False,
    )
    read = [json.loads(Path(p).read_text(encoding="utf-8")) for p in snakemake.input.records]
    records = {record["recipe"]: record for record in read}
    figure = qc.draw(table, snakemake.params.card, records)
    style.save(figure, snakemake.output.pdf, snakemake.output.png)
