"""Control for batch effects: principal components, shuffled among the cells of each type.

Its card says that it is told the types. Within a type the batches are mixed as well as chance can,
and no cell keeps its own place. Settings: ``n_components`` (fewer if there are fewer cells or
genes).
"""

import csv
from pathlib import Path

import numpy as np
from contract import read_input, read_params, write_embedding
from scipy.sparse import csr_matrix
from sklearn.decomposition import PCA

params = read_params({"n_components": 50})
data = read_input(params)
with Path(params.truth).open(encoding="utf-8", newline="") as handle:
    rows = csv.DictReader(handle, delimiter="\t")
    cell_type = {row["cell"]: row["cell_type"] for row in rows}
types = np.array([cell_type[cell] for cell in data.cells])
values, indices, indptr, shape = data.csr("X")
X = csr_matrix((values.astype("float64"), indices, indptr), shape)[:, data.highly_variable]
n_components = min(params.settings["n_components"], min(X.shape) - 1)
embedding = PCA(n_components, svd_solver="arpack", random_state=params.seed).fit_transform(X)
rng = np.random.default_rng(params.seed)
for name in np.unique(types):
    own = np.flatnonzero(types == name)
    embedding[own] = embedding[rng.permutation(own)]
write_embedding(params, embedding, data.cells)
