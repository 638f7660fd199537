"""Draw the quality of a dataset's cells."""

import pandas as pd

from clear.benchmark.figures import qc, style
from clear.benchmark.logs import logged

with logged(snakemake.log[0]):
    table = pd.read_csv(
        snakemake.input[0],
        sep="\t",
        dtype={"cell": str, "cell_type": str, "batch": str},
        na_values={name: [""] for name in ("mito_share", "ercc_share")},
        keep_default_na=False,
    )
    figure = qc.draw(table, snakemake.params.card, snakemake.params.settings)
    style.save(figure, snakemake.output.pdf, snakemake.output.png)
