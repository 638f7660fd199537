"""Draw the UMAP of every method's embedding of one dataset."""

import json
from pathlib import Path

import pandas as pd

from clear.benchmark.figures import style, umap_panels
from clear.benchmark.logs import logged

with logged(snakemake.log[0]):
    umap = pd.read_csv(
        snakemake.input.umap, sep="\t", dtype={"cell_type": str}, keep_default_na=False
    )
    scores = pd.read_csv(snakemake.input.scores, sep="\t")
    manifest = json.loads(Path(snakemake.input.manifest).read_text(encoding="utf-8"))
    dataset, recipe = snakemake.wildcards.dataset, snakemake.wildcards.recipe
    figure = umap_panels.draw(umap, scores, dataset, manifest, recipe)
    style.save(figure, snakemake.output.pdf, snakemake.output.png)
