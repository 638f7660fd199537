"""CIDR (Lin, Troup and Ho 2017) on the linear-scale values of all genes.

Told the number of types it cuts its tree there, else by its own rule; a run that is told it
writes the principal coordinates too. Setting: ``max_cells``, since the dissimilarities of all
pairs of cells have to fit in memory and their eigenvectors take the third power of the time.
"""

from cidr import cidr
from contract import not_applicable, read_input, read_params, write_clusters, write_embedding

params = read_params({"max_cells": 5000})
data = read_input(params)
if len(data.cells) > params.settings["max_cells"]:
    not_applicable(
        f"CIDR takes the eigenvectors of the dissimilarities of all pairs of cells: at most "
        f"{params.settings['max_cells']:,} cells, this dataset has {len(data.cells):,}"
    )
coordinates, labels = cidr(data.dense("counts").astype("float64"), params.n_clusters)
if params.n_clusters is None:
    write_clusters(params, labels, data.cells, track="estimated_k")
else:
    write_clusters(params, labels, data.cells, track="given_k")
    write_embedding(params, coordinates, data.cells)
print(f"{len(set(labels))} clusters of {len(labels)} cells in {coordinates.shape[1]} coordinates")
