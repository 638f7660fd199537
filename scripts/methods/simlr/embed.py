"""t-SNE of a similarity that is given (van der Maaten and Hinton, JMLR 2008), exact."""

import numpy as np
from sklearn.metrics import euclidean_distances

MOMENTUM, RATE, LEAST_GAIN = 0.8, 500.0, 0.01
FARTHEST = 100.0
TINY = np.finfo(float).eps


def joint(S):
    """Return the joint probabilities of pairs of cells that a similarity implies."""
    P = np.maximum((S + S.T) / 2, TINY)
    return P / P.sum()


def gradient(P, Y):
    """Return the gradient of the Kullback-Leibler divergence of the map from P (equation 5)."""
    near = 1 / (1 + euclidean_distances(Y, squared=True))
    np.fill_diagonal(near, 0)
    force = (P - np.maximum(near / near.sum(), TINY)) * near
    return 4 * (force.sum(axis=1)[:, None] * Y - force @ Y)


def embed(S, start, iterations):
    """Return the map of the cells, cells x dimensions of ``start``, which it begins with."""
    P = joint(S)
    Y = start.copy()
    step, gains = np.zeros_like(Y), np.ones_like(Y)
    for _ in range(iterations):
        slope = gradient(P, Y)
        downhill = np.sign(slope) != np.sign(step)
        gains = np.maximum(np.where(downhill, gains + 0.2, gains * 0.8), LEAST_GAIN)
        step = MOMENTUM * step - RATE * gains * slope
        Y += step
        Y -= Y.mean(axis=0)
        np.clip(Y, -FARTHEST, FARTHEST, out=Y)
    return Y
