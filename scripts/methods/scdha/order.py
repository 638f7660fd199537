"""The pseudotime of scDHA: distances along spanning trees of the latent spaces.

Tran et al., Nature Communications 2021, Methods, "Time-trajectory inference"; the constants are
those of the R package. Distances are 1 - Pearson correlation of latent coordinates.
"""

import numpy as np
from scipy.sparse.csgraph import minimum_spanning_tree, shortest_path
from sklearn.metrics import adjusted_rand_score
from spectral import VOTERS, correlation_distance

AGREE, HALF_AGREE = 0.75, 0.5  # adjusted Rand index of a space's own clusters with the consensus
ORDERED_WHOLE, SAMPLE = 5000, 4900  # of more cells a sample; the others by their nearest cells
SMALLEST = 1e-12  # a distance of 0 is no edge to scipy


def pseudotime(spaces, solutions, labels, root, rng):
    """Return the mean pseudotime of each cell over the latent spaces that agree with the consensus.

    Parameters
    ----------
    spaces, solutions : list
        Latent spaces, cells x dimensions, and the clusters of each.
    labels : numpy.ndarray
        The consensus: whole numbers from 0.
    root : numpy.ndarray of bool
        Whether a cell is of the first stage.
    rng : numpy.random.RandomState
        Draws the sample of many cells.
    """
    agreement = np.array([adjusted_rand_score(labels, solution) for solution in solutions])
    for limit in (AGREE, HALF_AGREE, -np.inf):
        chosen = [space for space, value in zip(spaces, agreement, strict=True) if value > limit]
        if chosen:
            break
    return np.mean([_in_space(space, labels, root, rng) for space in chosen], axis=0)


def _in_space(space, labels, root, rng):
    roots = np.flatnonzero(root)
    own = space[roots]
    start = roots[((own - own.mean(axis=0)) ** 2).sum(axis=1).argmin()]
    if len(space) <= ORDERED_WHOLE:
        return within_quartiles(along_tree(space, start), labels)
    sample = rng.permutation(np.delete(np.arange(len(space)), start))[: SAMPLE - 1]
    sample = np.append(start, sample)
    time = np.empty(len(space))
    of_sample = within_quartiles(along_tree(space[sample], 0), labels[sample])
    for first in range(0, len(space), 1000):
        distance = correlation_distance(space[first : first + 1000], space[sample])
        near = np.argsort(distance, axis=1, kind="stable")[:, :VOTERS]
        time[first : first + 1000] = of_sample[near].mean(axis=1)
    time[sample] = of_sample
    return time


def along_tree(space, start):
    """Return the length of the path from a cell to each in the minimum spanning tree."""
    distance = np.maximum(correlation_distance(space, space), SMALLEST)
    np.fill_diagonal(distance, 0)
    tree = minimum_spanning_tree(distance)
    return shortest_path(tree, directed=False, indices=start)


def within_quartiles(time, labels):
    """Scale the times of each cluster to the range from their first to their third quartile."""
    scaled = np.empty_like(time)
    for label in np.unique(labels):
        own = time[labels == label]
        low, high = np.quantile(own, [0.25, 0.75])
        spread = np.ptp(own)
        place = (own - own.min()) / spread if spread > 0 else np.zeros(len(own))
        scaled[labels == label] = low + place * (high - low)
    return scaled
