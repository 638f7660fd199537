"""Scanpy's standard clustering (Wolf, Angerer and Theis, Genome Biology 2018).

Highly variable genes as z-scores, principal components, the graph of nearest neighbours and
Leiden, each by scanpy's own function. The number of clusters is Leiden's; the embedding is the
components in which the neighbours were found. The input was normalised by scanpy already.

Settings: ``max_value`` (z-scores are clipped there), ``n_comps`` (fewer if there are fewer cells
or genes), ``n_neighbors``, ``resolution``.
"""

import anndata
import scanpy
from contract import read_input, read_params, write_clusters, write_embedding
from neighbours import approximate

EXACT_CELLS = 8192  # scanpy searches approximately from here

defaults = {"max_value": 10, "n_comps": 50, "n_neighbors": 15, "resolution": 1.0}
params = read_params(defaults)
settings = params.settings
data = read_input(params)
adata = anndata.AnnData(data.dense("X", highly_variable=True))
scanpy.pp.scale(adata, max_value=settings["max_value"])
n_comps = min(settings["n_comps"], min(adata.shape) - 1)
scanpy.pp.pca(adata, n_comps=n_comps, random_state=params.seed)
n_neighbors = min(settings["n_neighbors"], adata.n_obs - 1)
transformer = None
if adata.n_obs >= EXACT_CELLS:
    transformer = approximate(adata.n_obs, n_neighbors, params.seed)
scanpy.pp.neighbors(
    adata, n_neighbors=n_neighbors, random_state=params.seed, transformer=transformer
)
scanpy.tl.leiden(
    adata,
    resolution=settings["resolution"],
    random_state=params.seed,
    flavor="igraph",
    n_iterations=2,
    directed=False,
)
write_embedding(params, adata.obsm["X_pca"], data.cells)
write_clusters(params, adata.obs["leiden"], data.cells, track="estimated_k")
print(f"{adata.obs['leiden'].nunique()} clusters of {adata.n_obs} cells")
