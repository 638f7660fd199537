"""The kernels of SIMLR and how they are weighted (Wang et al., Nature Methods 2017, Methods).

The paper's kernels are Gaussians of the distance of two cells. Those of its R package, which people
run, are of its fourth power, and scaled by their own values; they are taken here.
"""

import numpy as np
from scipy.optimize import brentq
from sklearn.metrics import euclidean_distances

NEIGHBOURS = range(10, 31, 2)
SIGMAS = (2.0, 1.75, 1.5, 1.25, 1.0)
PERPLEXITY = 20  # of the weights


def gaussian_kernels(distance):
    """Yield the kernels of a matrix of distances, one per number of neighbours and width.

    K_ij = exp(-d_ij^2 / (2 e_ij^2)) / (e_ij sqrt(2 pi)) with e_ij = sigma (m_i + m_j) / 2, where
    m_i is the mean distance of cell i to its k nearest neighbours.
    """
    n_cells = len(distance)
    nearest = np.sort(distance, axis=1)[:, 1 : max(NEIGHBOURS) + 1]
    numbers = [k for k in NEIGHBOURS if k < n_cells - 1] or [n_cells - 1]
    for k in numbers:
        mean = nearest[:, :k].mean(axis=1)
        width = np.maximum((mean[:, None] + mean) / 2, np.finfo(float).eps)
        for sigma in SIGMAS:
            spread = sigma * width
            yield np.exp(-((distance / spread) ** 2) / 2) / (spread * np.sqrt(2 * np.pi))


def kernel_distances(X):
    """Return the distances that the kernels imply, (G_ii + G_jj) / 2 - G_ij.

    G_ij = K_ij / sqrt((K_ii + 1) (K_jj + 1)) of the kernels K of the fourth powers of distances.

    Parameters
    ----------
    X : numpy.ndarray
        Cells x genes, log scale.

    Returns
    -------
    numpy.ndarray
        float32, kernels x cells x cells.
    """
    implied = []
    for kernel in gaussian_kernels(euclidean_distances(X) ** 4):
        scale = (np.diag(kernel) + 1) ** -0.5
        kernel *= scale[:, None] * scale
        own = np.diag(kernel)
        implied.append(((own[:, None] + own) / 2 - kernel).astype(np.float32))
    return np.stack(implied)


def kernel_weights(costs):
    """Return weights exp(-b cost), normalised, with b such that their perplexity is 20.

    The costs are scaled to between 0 and 1 first. Uniform where there are no more than 20 kernels
    or all cost the same.
    """
    span = costs.max() - costs.min()
    if len(costs) <= PERPLEXITY or span == 0:
        return np.full(len(costs), 1 / len(costs))
    scaled = (costs - costs.min()) / span

    def weights(log_b):
        raw = np.exp(-np.exp(log_b) * scaled)
        return raw / raw.sum()

    def excess(log_b):
        w = weights(log_b)
        return -(w * np.log(np.maximum(w, 1e-300))).sum() - np.log(PERPLEXITY)

    return weights(brentq(excess, -10, 10)) if excess(10) < 0 else weights(10)
