"""Draw Fig. 2A: ARI and NMI per dataset and method."""

import json
from pathlib import Path

import pandas as pd

from clear.benchmark.figures import fig2a, style
from clear.benchmark.logs import logged

with logged(snakemake.log[0]):
    scores = pd.read_csv(snakemake.input.scores, sep="\t")
    manifest = json.loads(Path(snakemake.input.manifest).read_text(encoding="utf-8"))
    figure = fig2a.draw(scores, manifest, snakemake.params.recipe)
    style.save(figure, snakemake.output.pdf, snakemake.output.png)
