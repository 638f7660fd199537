"""Principal component scores, averaged over where short walks over shared neighbours end.

The highly variable genes as z-scores, clipped; S, the scores of cells on their first components;
P, the transition matrix of one step (:func:`clear.model.markov.transition_matrix`) on the graph of
nearest neighbours by cosine on the first ones of S. The embedding is own_share S +
(1 - own_share) P^steps S.

Settings: ``n_components`` (fewer if there are fewer cells or genes), ``searched`` (how many of them
neighbours are sought on), ``max_value`` (z-scores are clipped there), ``n_neighbors`` (at most a
tenth of the other cells, but at least three), ``steps``, ``own_share``.
"""

import numpy as np
import torch
from contract import read_input, read_params, write_embedding
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import normalize

from clear.model.markov import transition_matrix
from clear.model.walks import reversed_graph

LEAST_NEIGHBORS = 3  # of few cells, of which fifteen are more than a type


def scores(X: np.ndarray, n_components: int, max_value: float) -> np.ndarray:
    """Return the scores on the first components of clipped z-scores (cells x components)."""
    deviation = X.std(axis=0, ddof=1)
    X = (X - X.mean(axis=0)) / np.where(deviation > 0, deviation, 1)
    n_components = min(n_components, min(X.shape) - 1)
    pca = PCA(n_components, svd_solver="arpack", random_state=0)  # to machine precision
    return pca.fit_transform(X.clip(-max_value, max_value))


def smoothed(found: np.ndarray, searched: int, n_neighbors: int, steps: int) -> np.ndarray:
    """Return the mean of the scores where walks of ``steps`` steps from each cell end."""
    unit = normalize(found[:, :searched])  # of which the nearest are those of the largest cosine
    others = len(found) - 1
    n_neighbors = min(n_neighbors, max(others // 10, LEAST_NEIGHBORS), others)
    search = NearestNeighbors(n_neighbors=n_neighbors, algorithm="brute").fit(unit)
    nearest = torch.from_numpy(search.kneighbors(return_distance=False))
    transition = transition_matrix(reversed_graph(nearest))
    for _ in range(steps):
        found = transition @ found
    print(f"means over {steps} steps among {n_neighbors} neighbours")
    return found


params = read_params(
    {
        "n_components": 50,
        "searched": 20,
        "max_value": 10,
        "n_neighbors": 15,
        "steps": 4,
        "own_share": 0.5,
    }
)
settings = params.settings
data = read_input(params)
X = data.dense("X", highly_variable=True).astype(float)
found = scores(X, settings["n_components"], settings["max_value"])
means = smoothed(found, settings["searched"], settings["n_neighbors"], settings["steps"])
own = settings["own_share"]
write_embedding(params, own * found + (1 - own) * means, data.cells)
