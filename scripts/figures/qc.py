"""Draw the quality of a dataset's cells."""

import json
from pathlib import Path

import pandas as pd

from clear.benchmark.figures import qc, style
from clear.benchmark.logs import logged
from clear.benchmark.record import read_record


def draw():
    """Draw the figure, or say in its place why there are no cells."""
    folder, card = Path(snakemake.input.quality[0]), snakemake.params.card
    for status in map(read_record, [folder, *snakemake.input.prepared]):
        if status["status"] != "ok":
            return qc.draw_missing(card, f"{status['step']} failed: {status['message']}")
    table = pd.read_csv(
        folder / "qc.tsv",
        sep="\t",
        dtype={"cell": str, "cell_type": str, "batch": str},
        na_values={name: [""] for name in ("mito_share", "ercc_share")},
        keep_default_na=False,
    )
    prepared = [Path(folder) / "prepare.json" for folder in snakemake.input.prepared]
    read = [json.loads(path.read_text(encoding="utf-8")) for path in prepared]
    return qc.draw(table, card, {record["recipe"]: record for record in read})


with logged(snakemake.log[0]):
    style.save(draw(), snakemake.output.pdf, snakemake.output.png)
