"""Principal components of the highly variable genes, scaled as the cells themselves suggest.

Of several representations (:mod:`representations`) the embedding is the one whose k-means clusters
have the largest mean silhouette width by cosine distance (:mod:`silhouette`); where the same cells
are together in several, the first. No label is used, and the number of types is not told.

Settings: ``exponents`` (genes are divided by their standard deviation to that power),
``n_components``, ``clusters`` (numbers of clusters whose silhouettes are averaged).
"""

from contract import computed_by, read_input, read_params, write_embedding
from representations import representations
from silhouette import mean_silhouette, numbers_of_clusters

# Rows at unit length have the same cosines as before: equal clusters differ by rounding only.
ROUNDING = 1e-9

defaults = {"exponents": [0, 0.5, 1], "n_components": [15, 30], "clusters": [5, 10, 15]}
params = read_params(defaults)
settings, seed = params.settings, params.seed
data = read_input(params)
X = data.dense("X", highly_variable=True).astype(float)
numbers = numbers_of_clusters(len(X), settings["clusters"])
print(f"mean silhouette width of {', '.join(map(str, numbers))} clusters:")
largest = -2.0  # below any width
for name, scores in representations(X, settings["exponents"], settings["n_components"], seed):
    width = mean_silhouette(scores, numbers, seed)
    print(f"{width:7.4f}  {name}")
    if width > largest + ROUNDING:
        largest, chosen, embedding = width, name, scores
print(f"chosen: {chosen}")
computed_by(representation=chosen)
write_embedding(params, embedding, data.cells)
