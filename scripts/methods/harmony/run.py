"""Harmony (Korsunsky et al., Nature Methods 2019) from harmonypy, on principal components.

Components of the log-normalised, highly variable genes, corrected for the batch. The package stops
when its objective falls by less than ``epsilon_harmony``; with its own 0.01 that is often after one
iteration, when hardly anything is corrected. Settings: ``n_components`` (fewer if there are fewer
cells or genes), ``epsilon_harmony``, ``max_iter_harmony``; any other goes to ``run_harmony``
(``theta``, ``lamb``, ``sigma``, ``nclust``, ...).
"""

import harmonypy
import numpy as np
import pandas as pd
from contract import read_input, read_params, write_embedding
from scipy.sparse import csr_matrix
from sklearn.decomposition import PCA

params = read_params()
settings = dict(params.settings)
data = read_input(params)
values, indices, indptr, shape = data.csr("X")
X = csr_matrix((values.astype("float64"), indices, indptr), shape)[:, data.highly_variable]
n_components = min(settings.pop("n_components"), min(X.shape) - 1)
components = PCA(n_components, svd_solver="arpack", random_state=params.seed).fit_transform(X)
# the package's own rule, which gives none where there are fewer than 15 cells
settings.setdefault("nclust", int(np.clip(round(X.shape[0] / 30), 2, 100)))
result = harmonypy.run_harmony(
    components,
    pd.DataFrame({"batch": data.batch}),
    ["batch"],
    random_state=params.seed,
    ncores=params.threads,
    verbose=False,
    **settings,
)
iterations = len(result.objective_harmony) - 1  # the first is that of the start
print(f"{iterations} iterations of at most {settings['max_iter_harmony']}")
write_embedding(params, np.asarray(result.Z_corr), data.cells)
