"""Principal components of the log-normalised, highly variable genes (scikit-learn).

Settings: ``n_components`` (fewer if there are fewer cells or genes), ``max_value`` (null: genes as
they are; a number: genes as z-scores, clipped there).
"""

import numpy as np
from contract import read_input, read_params, write_embedding
from scipy.sparse import csr_matrix
from sklearn.decomposition import PCA

params = read_params({"n_components": 20, "max_value": None})
data = read_input(params)
values, indices, indptr, shape = data.csr("X")
X = csr_matrix((values.astype("float64"), indices, indptr), shape)[:, data.highly_variable]
if params.settings["max_value"] is not None:
    X = X.toarray()
    deviation = X.std(axis=0, ddof=1)
    X = (X - X.mean(axis=0)) / np.where(deviation > 0, deviation, 1)
    X = X.clip(-params.settings["max_value"], params.settings["max_value"])
n_components = min(params.settings["n_components"], min(X.shape) - 1)
# ARPACK centres a sparse matrix without making it dense, and converges to machine precision
pca = PCA(n_components, svd_solver="arpack", random_state=params.seed)
embedding = pca.fit_transform(X)
print(f"{n_components} components of {X.shape[1]} genes hold", end=" ")
print(f"{pca.explained_variance_ratio_.sum():.1%} of the variance")
write_embedding(params, embedding, data.cells)
