"""SINCERA (Guo et al. 2015) on the log-normalised values of all genes.

Told the number of types it cuts its tree there, else by its own rule. Setting: ``max_cells``,
since the distances of all pairs of cells have to fit in memory.
"""

from contract import not_applicable, read_input, read_params, write_clusters
from sincera import sincera

params = read_params({"max_cells": 10_000})
data = read_input(params)
if len(data.cells) > params.settings["max_cells"]:
    not_applicable(
        f"SINCERA takes the distances of all pairs of cells: at most "
        f"{params.settings['max_cells']:,} cells, this dataset has {len(data.cells):,}"
    )
labels = sincera(data.dense("X"), params.n_clusters)
track = "estimated_k" if params.n_clusters is None else "given_k"
write_clusters(params, labels, data.cells, track=track)
print(f"{len(set(labels))} clusters of {len(labels)} cells")
