"""k-means of the log-normalised values of all genes, without any embedding (scikit-learn).

k-means++ with Lloyd's iterations (Arthur and Vassilvitskii 2007). Settings: ``n_init``, the number
of starts, of which the one with the lowest inertia is kept; above ``many_cells`` there are
``n_init_of_many``.
"""

from contract import read_input, read_params, write_clusters
from scipy.sparse import csr_matrix
from sklearn.cluster import KMeans

params = read_params({"n_init": 50, "many_cells": 5000, "n_init_of_many": 10})
settings = params.settings
data = read_input(params)
values, indices, indptr, shape = data.csr("X")
X = csr_matrix((values, indices, indptr), shape)
many = len(data.cells) > settings["many_cells"]
starts = settings["n_init_of_many"] if many else settings["n_init"]
model = KMeans(params.n_clusters, n_init=starts, random_state=params.seed)
write_clusters(params, model.fit_predict(X), data.cells, track="given_k")
print(f"inertia {model.inertia_:.4g}, the lowest of {starts} starts; {model.n_iter_} iterations")
