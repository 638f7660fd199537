"""BBKNN (Polanski et al., Bioinformatics 2020), the package, and a diffusion map of its graph.

BBKNN joins each cell to its nearest neighbours in every batch, found in principal components of the
log-normalised, highly variable genes. It has no embedding. Here it is the diffusion map of the
graph: the leading eigenvectors of the random walk on it, each times its eigenvalue to the power of
half the length of the walk (Coifman and Lafon 2006). Products of cells are then what
``scripts/methods/walk_graph`` makes of CLEAR's graph.

Settings: ``n_components`` of the principal components, ``n_diffusion`` of the map (fewer if there
are fewer cells or genes), ``walk_length``; any other goes to ``bbknn.matrix.bbknn``
(``neighbors_within_batch``, ``trim``, ...).
"""

import bbknn.matrix
import numpy as np
from contract import not_applicable, read_input, read_params, write_embedding
from scipy import sparse
from scipy.sparse.linalg import eigsh
from sklearn.decomposition import PCA


def diffusion_map(graph, n_components, length, seed):
    """Return the leading eigenvectors of D^-1 W, times eigenvalues to the power of length / 2.

    They are those of the symmetric D^-1/2 W D^-1/2, times D^-1/2, on a scale where the mean square
    of each, weighted by the degrees, is 1.
    """
    degrees = np.asarray(graph.sum(axis=1)).ravel()
    scale = sparse.diags(1 / np.sqrt(degrees))
    start = np.random.default_rng(seed).normal(size=len(degrees))
    eigenvalues, vectors = eigsh(scale @ graph @ scale, k=n_components, which="LA", v0=start)
    return (scale @ vectors) * np.sqrt(degrees.sum()) * eigenvalues.clip(0) ** (length / 2)


params = read_params()
settings = dict(params.settings)
data = read_input(params)
names, sizes = np.unique(data.batch, return_counts=True)
if sizes.min() < settings["neighbors_within_batch"]:
    not_applicable(
        f"BBKNN looks for {settings['neighbors_within_batch']} neighbours in each batch; the batch "
        f"{names[sizes.argmin()]!r} has {sizes.min()} cells"
    )
values, indices, indptr, shape = data.csr("X")
X = sparse.csr_matrix((values.astype("float64"), indices, indptr), shape)[:, data.highly_variable]
n_components = min(settings.pop("n_components"), min(X.shape) - 1)
components = PCA(n_components, svd_solver="arpack", random_state=params.seed).fit_transform(X)
n_diffusion = min(settings.pop("n_diffusion"), X.shape[0] - 1)
length = settings.pop("walk_length")
_, graph, facts = bbknn.matrix.bbknn(components, data.batch, n_pcs=n_components, **settings)
print(facts)
write_embedding(params, diffusion_map(graph, n_diffusion, length, params.seed), data.cells)
