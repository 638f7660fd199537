"""Scanorama (Hie, Bryson and Berger, Nature Biotechnology 2019), the package itself.

Its corrected embedding of the log-normalised, highly variable genes; it scales cells to unit length
and reduces dimensions itself. Settings: ``dimred`` (fewer if there are fewer cells or genes); any
other goes to ``scanorama.integrate`` (``knn``, ``sigma``, ``alpha``, ``batch_size``).
"""

import numpy as np
import scanorama
from contract import read_input, read_params, write_embedding
from scipy.sparse import csr_matrix

params = read_params()
settings = dict(params.settings)
data = read_input(params)
values, indices, indptr, shape = data.csr("X")
X = csr_matrix((values.astype("float64"), indices, indptr), shape)[:, data.highly_variable]
rows = [np.flatnonzero(data.batch == name) for name in np.unique(data.batch)]
genes = [f"gene_{number}" for number in range(X.shape[1])]
settings["dimred"] = min(settings["dimred"], *X.shape)
parts, _ = scanorama.integrate(
    [X[part] for part in rows],
    [genes] * len(rows),
    seed=params.seed,
    verbose=False,
    **settings,
)
write_embedding(params, np.concatenate(parts), data.cells[np.concatenate(rows)])
