"""The clusters of scDHA: spectral clustering of each latent space, their number, the consensus.

Tran et al., Nature Communications 2021, Methods, "Clustering"; the graph's local scaling is that
of Zelnik-Manor and Perona 2005, the consensus the weighted meta-clustering of SHARP (Wan et al.,
Genome Research 2020). Distances are 1 - Pearson correlation of latent coordinates.
"""

import numpy as np
from scipy.cluster.hierarchy import cut_tree, linkage
from scipy.linalg import eigh
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial.distance import squareform
from scipy.stats import norm
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

N_NEIGHBOURS = 7
SMALL, FEW = 1000, 5  # fewer cells and fewer clusters: k-means of the latent space itself
SUBSAMPLE = 500  # cells on which the number of clusters is tried
VOTERS = 10  # nearest clustered cells that assign another cell
WEIGHT_FLOOR = 0.01  # added to the weight of each cell in the meta-clustering


def affinity(distance, n_neighbours):
    """Return the symmetric affinities of nearest neighbours, cells x cells, 0 elsewhere.

    The density of a standard normal at c d^2 / (s_i s_j), where s is the distance to the last
    neighbour and c the normal's quantile that leaves 1 / (2 (n_neighbours + 1)) above it.
    """
    apart = distance + np.diag(np.full(len(distance), np.inf))
    near = np.argsort(apart, axis=1, kind="stable")[:, :n_neighbours]
    rows = np.arange(len(distance))[:, None]
    last = np.maximum(distance[rows, near][:, -1], np.finfo(float).tiny ** 0.25)
    scaled = distance[rows, near] ** 2 / (last[:, None] * last[near])
    W = np.zeros_like(distance)
    W[rows, near] = norm.pdf(scaled * norm.isf(1 / (2 * (n_neighbours + 1))))
    return np.maximum(W, W.T)


def spectral_coordinates(distance, k):
    """Return the k smallest eigenvectors of the normalised Laplacian, rows of length 1.

    The graph takes two more neighbours until fewer than k - 1 pieces of at least 4 cells are left.
    """
    n_neighbours = min(N_NEIGHBOURS, len(distance) - 1)
    while True:
        W = affinity(distance, n_neighbours)
        sizes = np.bincount(connected_components(csr_matrix(W))[1])
        n_pieces = (sizes >= 4).sum()
        if n_pieces <= 1 or n_pieces < k - 1 or n_neighbours + 2 >= len(distance):
            break
        n_neighbours += 2
    scale = W.sum(axis=0) ** -0.5
    n = len(W)
    _, U = eigh(W * scale[:, None] * scale, subset_by_index=(n - k, n - 1))
    return U / np.maximum(np.linalg.norm(U, axis=1, keepdims=True), np.finfo(float).tiny)


def correlation_distance(a, b):
    """Return 1 - Pearson correlation of the rows of ``a`` with those of ``b``."""
    a, b = (x - x.mean(axis=1, keepdims=True) for x in (a, b))
    a, b = (x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-12) for x in (a, b))
    return np.maximum(1 - a @ b.T, 0)


def number_of_clusters(latent, most, n_samples, n_init, rng):
    """Return the mean of two votes in each subsample, rounded half up.

    For each k from 2 to ``most``, k-means of the spectral coordinates. The first vote is the k of
    the largest ratio of the sum of squares between clusters to the total (index 1 of the paper),
    the second the k at which the sum of squares within clusters rises most, relative to that of
    k - 1 (index 2).
    """
    votes = []
    for _ in range(n_samples):
        cells = rng.choice(len(latent), min(SUBSAMPLE, len(latent)), replace=False)
        distance = correlation_distance(latent[cells], latent[cells])
        candidates = np.arange(2, min(most, len(cells) - 1) + 1)
        within, total = [], []
        for k in candidates:
            U = spectral_coordinates(distance, k)
            within.append(KMeans(k, n_init=n_init, random_state=rng).fit(U).inertia_)
            total.append(((U - U.mean(axis=0)) ** 2).sum())
        votes += choose(candidates, np.array(within), np.array(total))
    return int(np.floor(np.mean(votes) + 0.5))


def choose(candidates, within, total):
    """Return the two votes of :func:`number_of_clusters` from sums of squares at each k."""
    rise = np.diff(within) / np.maximum(within[:-1], np.finfo(float).tiny)
    second = candidates[1 + rise.argmax()] if len(rise) else candidates[0]
    return [candidates[(1 - within / total).argmax()], second]


def cluster(latent, k, n_init, rng):
    """Return the cluster of each cell: k-means where cells and clusters are few, else spectral."""
    if len(latent) < SMALL and k < FEW:
        return KMeans(k, n_init=20 * n_init, random_state=rng).fit_predict(latent)
    U = spectral_coordinates(correlation_distance(latent, latent), k)
    return KMeans(k, n_init=n_init, random_state=rng).fit_predict(U)


def vote(latent, clustered, labels):
    """Return labels of all cells: those of ``clustered``, elsewhere their nearest cells' vote."""
    result = np.empty(len(latent), dtype=int)
    for start in range(0, len(latent), 1000):
        distance = correlation_distance(latent[start : start + 1000], latent[clustered])
        near = np.argsort(distance, axis=1, kind="stable")[:, :VOTERS]
        result[start : start + 1000] = [np.bincount(row).argmax() for row in labels[near]]
    result[clustered] = labels
    return result


def consensus_number(solutions, rng):
    """Return the number of meta-clusters: one more than the most coherent solutions have.

    The solutions are grouped by k-means of their adjusted Rand indices, in more groups until one
    group of at least two agrees by more than 0.8 on average, or there are 4.
    """
    n = len(solutions)
    agreement = np.array([[adjusted_rand_score(a, b) for b in solutions] for a in solutions])
    np.fill_diagonal(agreement, (agreement.sum(axis=0) - 1) / max(n - 1, 1))
    best, chosen = -np.inf, np.arange(n)
    for n_groups in range(1 + (agreement < 0.7).any(), min(4, n) + 1):
        groups = KMeans(n_groups, n_init=100, random_state=rng).fit_predict(agreement)
        best = -np.inf
        for group in range(n_groups):
            members = np.flatnonzero(groups == group)
            score = agreement[np.ix_(members, members)].mean() if len(members) > 1 else -np.inf
            if score > best:
                best, chosen = score, members
        if best > 0.8:
            break
    sizes = [len(np.unique(solutions[index])) for index in chosen]
    return int(np.floor(np.mean(sizes) + 0.5)) + 1


def meta_clusters(solutions, k):
    """Return the consensus of clusterings: SHARP's weighted meta-clustering.

    With a_ij the share of solutions that join cells i and j, cell i weighs
    4 / n sum_j a_ij (1 - a_ij), so that disputed cells count most. Clusters of all solutions are
    compared by the weighted Jaccard index and merged into k by Ward's method; a cell goes to the
    group that most of its clusters belong to.
    """
    members = [labels[:, None] == np.unique(labels) for labels in solutions]
    n, count = len(solutions[0]), len(solutions)
    spread = np.zeros(n)
    for start in range(0, n, 1000):
        rows = slice(start, start + 1000)
        shared = sum(m[rows].astype(np.float32) @ m.T.astype(np.float32) for m in members) / count
        spread[rows] = 4 / n * (shared * (1 - shared)).sum(axis=1)
    weight = (spread + WEIGHT_FLOOR) / (1 + WEIGHT_FLOOR)
    M = np.hstack(members).astype(float)
    both = (M * weight[:, None]).T @ M
    size = np.diag(both)
    similarity = both / (size[:, None] + size - both)
    # R's ward.D on distances is Ward's method on their square roots.
    distance = np.sqrt(np.maximum(1 - (similarity + similarity.T) / 2, 0))
    np.fill_diagonal(distance, 0)
    tree = linkage(squareform(distance, checks=False), "ward")
    group = cut_tree(tree, min(k, len(distance))).ravel()
    votes = M @ (group[:, None] == np.arange(group.max() + 1))
    return np.unique(votes.argmax(axis=1), return_inverse=True)[1]
