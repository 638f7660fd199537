"""SIMLR: a similarity of cells, learned from many kernels.

Wang et al., Nature Methods 2017, Methods: minimise over the similarity S, the latent cells F and
the weights w of the kernels

    sum_ij w_l D_l,ij S_ij + r |S|^2 + lambda tr(F' (D - S) F) - rho entropy(w)

with non-negative rows of S that sum to 1 and orthonormal columns of F, one after the other; S is
smoothed by diffusion in each turn. Constants and their schedule are those of the R package.
"""

import numpy as np
from kernels import kernel_distances, kernel_weights
from scipy.linalg import eigh, solve
from sklearn.metrics import euclidean_distances

NEIGHBOURS = 10
STEP = 0.8  # how far S and the weights go to their new values
ALPHA = 0.8  # of the diffusion
ITERATIONS = 30
GROWING = 9  # iterations in which lambda grows and r shrinks; later ones may end the search


def onto_simplex(V):
    """Return the nearest non-negative row that sums to 1 for each row of ``V``.

    Duchi et al. 2008, Figure 1: subtract what makes the positive part sum to 1.
    """
    descending = -np.sort(-V, axis=1)
    surplus = (np.cumsum(descending, axis=1) - 1) / np.arange(1, V.shape[1] + 1)
    last = (descending > surplus).sum(axis=1) - 1
    return np.maximum(V - surplus[np.arange(len(V)), last][:, None], 0)


def diffusion(S):
    """Return a similarity strengthened along paths over near cells.

    Of each row the 10 largest values remain. With T the doubly stochastic matrix made of them, the
    result is (1 - a) T (1 - a T^2)^-1 off its diagonal, in the scale of S (as in network
    enhancement, Wang et al., Nature Communications 2018).
    """
    n_cells = len(S)
    others = S.copy()
    np.fill_diagonal(others, 0)
    k = min(NEIGHBOURS, n_cells - 1)
    least = -np.partition(-others, k - 1, axis=1)[:, k - 1 : k]
    P = np.where(others >= least, others, 0)
    P = (P + P.T) / 2
    degree = P.sum(axis=1)
    P[np.diag_indices(n_cells)] = degree + 1
    P /= P.sum(axis=1, keepdims=True)
    T = (P / P.sum(axis=0)) @ P.T
    W = (1 - ALPHA) * solve(np.eye(n_cells) - ALPHA * T @ T, T, assume_a="pos")
    scale = degree / (1 - np.diag(W))
    np.fill_diagonal(W, 0)
    W *= scale[:, None]
    return np.maximum((W + W.T) / 2, 0)


def smallest_eigenvectors(S, number):
    """Return the eigenvalues and eigenvectors of the Laplacian of S, smallest first."""
    laplacian = np.diag(S.sum(axis=0)) - (S + S.T) / 2
    return eigh(laplacian, subset_by_index=(0, min(number, len(S)) - 1))


def simlr(X, n_clusters):
    """Learn the similarity of cells.

    Parameters
    ----------
    X : numpy.ndarray
        Cells x genes, log scale.
    n_clusters : int
        Number of clusters, which is the rank of F.

    Returns
    -------
    tuple of numpy.ndarray
        Similarity S, cells x cells; weights of the kernels.
    """
    kernels = kernel_distances(X)
    weights = np.full(len(kernels), 1 / len(kernels))
    distance = np.tensordot(weights.astype(np.float32), kernels, 1).astype(float)
    k = min(NEIGHBOURS, len(X) - 2)
    nearest = np.sort(distance, axis=1)[:, 1 : k + 2]
    r = max((k * nearest[:, k] - nearest[:, :k].sum(axis=1)).mean() / 2, np.finfo(float).eps)
    penalty = r  # lambda
    S = diffusion(distance.max() - distance)
    S /= S.sum(axis=1, keepdims=True)
    _, F = smallest_eigenvectors(S, n_clusters)
    gap = np.inf
    for iteration in range(ITERATIONS):
        before = S
        V = -(distance + penalty * euclidean_distances(F, squared=True)) / (2 * r)
        np.fill_diagonal(V, V.min() - 2)  # no cell is like itself: 1 below the largest is 0
        A = onto_simplex(V)
        S = diffusion((1 - STEP) * S + STEP * (A + A.T) / 2)
        values, F = smallest_eigenvectors(S, n_clusters + 1)
        F = F[:, :n_clusters]
        costs = np.array([(kernel * S).sum() / len(S) for kernel in kernels])
        weights = (1 - STEP) * weights + STEP * kernel_weights(costs)
        if iteration < GROWING:
            penalty *= 1.5
            r /= 1.01
        elif values[-1] > gap:
            return before, weights
        gap = values[-1]
        distance = np.tensordot(weights.astype(np.float32), kernels, 1).astype(float)
    return S, weights
