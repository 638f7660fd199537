"""Slingshot (Street et al. 2018) by the package pyslingshot, in the first principal components.

Components of the highly variable genes or of an embedding by CLEAR. Clusters are those of the
mixture of normal distributions with the lowest BIC; the first is the one with most cells of the
first stage. Settings: ``preset``, null or one of CLEAR's, and ``changes`` of it; ``n_components``;
``most_clusters``, the largest number that is tried; ``epochs``, rounds of fitting the curves.
"""

from contract import read_input, read_params, write_pseudotime
from sklearn.decomposition import PCA
from trajectory import clusters, first_cluster, pseudotime

defaults = {"preset": None, "changes": {}, "n_components": 2, "most_clusters": 9, "epochs": 10}
params = read_params(defaults)
settings = params.settings
data = read_input(params)
X = data.dense("X", highly_variable=True)
if settings["preset"]:
    from embedding import embed

    counts = None if data.scale == "log1p" else False
    X = embed(X, settings["preset"], settings["changes"], counts, params)
n_components = min(settings["n_components"], min(X.shape) - 1)
space = PCA(n_components, random_state=params.seed).fit_transform(X.astype(float))
labels = clusters(space, settings["most_clusters"], params.seed)
start = first_cluster(labels, data.root)
time, n_curves = pseudotime(space, labels, start, settings["epochs"])
write_pseudotime(params, time, data.cells)
print(f"{n_curves} lineages through {labels.max() + 1} clusters of {len(labels)} cells")
