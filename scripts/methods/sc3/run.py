"""SC3 (Kiselev et al. 2017) on the log-normalised values of all genes.

Told the number of types it makes as many clusters, else as many as it estimates. Settings:
``n_init``, the starts of each k-means; ``svm_cells``: of more cells than that, as many are
clustered and the others assigned by a linear support vector machine.
"""

from contract import read_input, read_params, write_clusters
from sc3 import sc3
from scipy.sparse import csr_matrix

params = read_params({"n_init": 50, "svm_cells": 5000})
settings = params.settings
data = read_input(params)
values, indices, indptr, shape = data.csr("X")
X = csr_matrix((values.astype("float64"), indices, indptr), shape)
labels = sc3(X, params.n_clusters, settings["n_init"], settings["svm_cells"], params.seed)
track = "estimated_k" if params.n_clusters is None else "given_k"
write_clusters(params, labels, data.cells, track=track)
print(f"{len(set(labels))} clusters of {len(labels)} cells", end="; ")
print(f"{max(0, len(labels) - settings['svm_cells'])} of them assigned by the SVM")
