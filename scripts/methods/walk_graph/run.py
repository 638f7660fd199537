"""The graph that CLEAR's preset ``graph_diffusion`` trains on, without a network.

Settings: ``result`` ("diffusion_map": its exact diffusion map; "spectral": scikit-learn's spectral
clustering), ``max_cells`` (on more the method is not applicable).

The preset's positives come from random walks over shared nearest neighbours. One step of such a
walk has the transition matrix P, which is symmetric, so that P is also a matrix of similarities.
"""

import dataclasses

import numpy as np
import torch
from contract import not_applicable, read_input, read_params, write_clusters, write_embedding
from scipy import linalg, sparse
from sklearn.cluster import SpectralClustering

from clear.model.markov import transition_matrix
from clear.model.neighbours import Neighbours
from clear.presets import GRAPH_DIFFUSION


def walks(profiles: np.ndarray) -> tuple[sparse.csr_matrix, int]:
    """Return the transition matrix P (cells x cells) and the length of the preset's walks."""
    cells = len(profiles)
    # One group of all cells: up to 2,048 cells the preset's own, above it that of its aim.
    preset = dataclasses.replace(
        GRAPH_DIFFUSION, neighborhood=max(cells, GRAPH_DIFFUSION.neighborhood)
    )
    numbers = [torch.Generator().manual_seed(0) for _ in range(2)]
    found = Neighbours(preset, *numbers)
    found.use(torch.from_numpy(profiles))
    return transition_matrix(found.graph), found.length


def diffusion_map(transition: sparse.csr_matrix, length: int) -> np.ndarray:
    """Return coordinates x with x_i . x_j = n (P^length)_ij, as well as ``n_latent`` of them can.

    This is where the spectral contrastive loss is least for an encoder that can map each cell
    anywhere (HaoChen et al. 2021).
    """
    cells = transition.shape[0]
    last = cells - min(GRAPH_DIFFUSION.n_latent, cells)
    values, vectors = linalg.eigh(transition.toarray(), subset_by_index=[last, cells - 1])
    return vectors * np.sqrt(cells * values.clip(0) ** length)


params = read_params({"result": "diffusion_map", "max_cells": 10000})
data = read_input(params)
limit = params.settings["max_cells"]
if len(data.cells) > limit:
    not_applicable(f"{len(data.cells):,} cells; max_cells in the card allows {limit:,}")
transition, length = walks(data.dense("X", highly_variable=True))
print(f"walks of {length} steps")
if params.settings["result"] == "spectral":
    clustering = SpectralClustering(
        params.n_clusters, affinity="precomputed", random_state=params.seed, n_init=50
    )
    write_clusters(params, clustering.fit_predict(transition), data.cells, track="given_k")
else:
    write_embedding(params, diffusion_map(transition, length), data.cells)
