"""SIMLR (Wang et al. 2017) on the log-normalised values of all genes.

The embedding is the t-SNE of the learned similarity, in as many dimensions as there are types; its
k-means are the clusters. Settings: ``n_init``, the starts of k-means; ``tsne_iterations``;
``max_cells``, since 55 kernels of all pairs of cells have to fit in memory.
"""

from contract import not_applicable, read_input, read_params, write_clusters, write_embedding
from embed import embed
from simlr import simlr, smallest_eigenvectors
from sklearn.cluster import KMeans

params = read_params({"n_init": 200, "tsne_iterations": 1000, "max_cells": 5000})
settings, k = params.settings, params.n_clusters
data = read_input(params)
if len(data.cells) > settings["max_cells"]:
    not_applicable(
        f"SIMLR holds 55 kernels of all pairs of cells: at most {settings['max_cells']:,} cells, "
        f"this dataset has {len(data.cells):,}; simlr_large_scale takes more"
    )
S, weights = simlr(data.dense("X").astype("float64"), k)
_, start = smallest_eigenvectors(S, k)
embedding = embed(S, start, settings["tsne_iterations"])
model = KMeans(k, n_init=settings["n_init"], random_state=params.seed).fit(embedding)
write_embedding(params, embedding, data.cells)
write_clusters(params, model.labels_, data.cells, track="given_k")
print(f"{len(weights)} kernels; the largest weight is {weights.max():.3f}")
