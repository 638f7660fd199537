"""SC3: single-cell consensus clustering.

Kiselev et al., Nature Methods 2017, Online Methods, "SC3 clustering": three distances, two
transformations of each, k-means in a range of numbers of their first columns, and hierarchical
clustering of how often two cells share a cluster.
"""

import numpy as np
from scipy.cluster.hierarchy import cut_tree, linkage
from scipy.linalg import eigh, eigvalsh
from scipy.spatial.distance import pdist
from scipy.stats import rankdata
from sklearn.cluster import KMeans
from sklearn.metrics import euclidean_distances
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

REGION = (0.04, 0.07)  # shares of the number of cells; as many columns are given to k-means
MOST_DIMENSIONS = 15
TW_QUANTILE = 3.2730  # of the Tracy-Widom distribution, p = 0.001


def number_of_clusters(X):
    """Return how many eigenvalues of the cells' covariance exceed the Tracy-Widom bound.

    Patterson, Price and Reich 2006; the cells are z-scores over the genes. At least 1.

    Parameters
    ----------
    X : numpy.ndarray
        Cells x genes, log scale.
    """
    p, n = X.shape
    Z = _rows_standardised(X)
    a, b = np.sqrt(n - 1), np.sqrt(p)
    spread = (a + b) * (1 / a + 1 / b) ** (1 / 3)
    return max(1, int((eigvalsh(Z @ Z.T) > (a + b) ** 2 + TW_QUANTILE * spread).sum()))


def distances(X):
    """Yield the Euclidean, Pearson and Spearman distances of cells (1 - r for the latter two)."""
    yield euclidean_distances(X)
    yield 1 - np.corrcoef(X)
    yield 1 - np.corrcoef(rankdata(X, axis=1))


def transformations(distance, n_columns):
    """Yield the two spectral views of distances, cells x columns each.

    The loadings of the first principal components of the distances as z-scores, and the
    eigenvectors of the smallest eigenvalues of the normalised Laplacian of exp(-d / max d).
    """
    n = len(distance)
    Z = _rows_standardised(distance.T)
    _, vectors = eigh(Z @ Z.T, subset_by_index=(n - n_columns, n - 1))
    yield vectors[:, ::-1]
    affinity = np.exp(-distance / distance.max())
    scale = affinity.sum(axis=0) ** -0.5
    laplacian = np.eye(n) - affinity * scale[:, None] * scale
    yield eigh(laplacian, subset_by_index=(0, n_columns - 1))[1]


def dimensions(n_cells, rng):
    """Return the numbers of columns for k-means: all from 4 to 7 % of the cells, or 15 of them."""
    low, high = int(np.floor(REGION[0] * n_cells)), int(np.ceil(REGION[1] * n_cells))
    region = np.arange(max(low, 1), high + 1)
    if len(region) > MOST_DIMENSIONS:
        region = rng.choice(region, MOST_DIMENSIONS, replace=False)
    return np.sort(region)


def consensus(solutions):
    """Return the share of solutions in which two cells are in one cluster, cells x cells."""
    total = 0.0
    for labels in solutions:
        member = (labels[:, None] == np.unique(labels)).astype(float)
        total += member @ member.T
    return total / len(solutions)


def cut(agreement, k):
    """Return the k clusters of complete linkage on Euclidean distances between its rows."""
    return cut_tree(linkage(pdist(agreement), "complete"), k).ravel()


def cluster(X, k, n_init, rng):
    """Return SC3's cluster of each cell.

    Parameters
    ----------
    X : numpy.ndarray
        Cells x genes, log scale.
    k
        Number of clusters.
    n_init
        Starts of each k-means.
    rng : numpy.random.RandomState
        Draws the numbers of columns and the starts.
    """
    region = dimensions(len(X), rng)
    solutions = [
        KMeans(k, n_init=n_init, random_state=rng).fit_predict(view[:, :d])
        for distance in distances(X)
        for view in transformations(distance, region[-1])
        for d in region
    ]
    return cut(consensus(solutions), k)


def sc3(X, k, n_init, svm_cells, seed):
    """Cluster all cells, or ``svm_cells`` of them and the others by a linear SVM.

    Parameters
    ----------
    X : scipy.sparse.csr_matrix
        Cells x genes, log scale.
    k : int or None
        Number of clusters; :func:`number_of_clusters` where absent.
    n_init, svm_cells, seed
        Starts of each k-means, most cells that are clustered, seed.

    Returns
    -------
    numpy.ndarray
        One integer per cell.
    """
    rng = np.random.RandomState(seed)
    if X.shape[0] <= svm_cells:
        train = np.arange(X.shape[0])
    else:
        train = np.sort(rng.choice(X.shape[0], svm_cells, replace=False))
    part = X[train].toarray()
    labels = cluster(part, k or number_of_clusters(part), n_init, rng)
    if len(train) == X.shape[0] or len(set(labels)) == 1:
        return np.resize(labels, X.shape[0])
    # genes in units of their standard deviation; a linear SVM does not depend on their means
    machine = make_pipeline(StandardScaler(with_mean=False), SVC(kernel="linear"))
    everyone = machine.fit(X[train], labels).predict(X)
    everyone[train] = labels
    return everyone


def _rows_standardised(X):
    """Return rows as z-scores; a row that does not vary becomes 0."""
    Z = X - X.mean(axis=1, keepdims=True)
    sd = Z.std(axis=1, ddof=1, keepdims=True)
    return Z / np.where(sd > 0, sd, 1)
