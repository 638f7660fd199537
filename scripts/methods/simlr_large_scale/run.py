"""SIMLR for many cells (Wang et al. 2017), the PyPI package SIMLR on log-normalised values.

Principal components of all genes with rows of unit length, approximate neighbours, kernels between
neighbours only; the package's mini-batch k-means of its latent cells. Settings: ``n_components``
and ``n_neighbors`` (kk and k of the R function).
"""

from contract import not_applicable, read_input, read_params, write_clusters, write_embedding
from package import load
from scipy.sparse import csr_matrix

params = read_params({"n_components": 100, "n_neighbors": 10})
settings, k = params.settings, params.n_clusters
data = read_input(params)
least = 2 * settings["n_neighbors"]
if len(data.cells) <= least:
    not_applicable(f"needs more than {least} cells, this dataset has {len(data.cells)}")
core, helper = load(params.seed)
values, indices, indptr, shape = data.csr("X")
X = csr_matrix((values.astype("float64"), indices, indptr), shape)
components = helper.fast_pca(X, min(settings["n_components"], min(shape) - 1))
model = core.SIMLR_LARGE(k, settings["n_neighbors"], 0)
_, embedding, _, _ = model.fit(components)
write_embedding(params, embedding, data.cells)
write_clusters(params, model.fast_minibatch_kmeans(embedding, k), data.cells, track="given_k")
