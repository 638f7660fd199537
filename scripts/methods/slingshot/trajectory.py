"""Clusters without labels, the first of them, and Slingshot through them.

Slingshot (Street et al. 2018) takes clusters. As in its vignette they are those of a mixture of
normal distributions whose number has the lowest BIC (there by mclust, here by scikit-learn).
"""

import numpy as np
from pyslingshot import Slingshot
from sklearn.mixture import GaussianMixture

STARTS = 5  # of each mixture


def clusters(space, most, seed):
    """Return the cluster of each cell, from 0 without gaps.

    Mixtures of which a cluster has no more cells than the space has dimensions do not count:
    Slingshot divides by the covariance of each.

    Parameters
    ----------
    space : numpy.ndarray
        Cells x dimensions.
    most : int
        Largest number of clusters that is tried.
    seed : int
        Of the starts of the mixtures.
    """
    found = {}
    for number in range(1, min(most, len(space) // 2) + 1):
        fit = GaussianMixture(number, n_init=STARTS, random_state=seed).fit(space)
        labels = np.unique(fit.predict(space), return_inverse=True)[1]
        if np.bincount(labels).min() > space.shape[1]:
            found[fit.bic(space)] = labels
    return found[min(found)]


def first_cluster(labels, root):
    """Return the cluster with most cells of the first stage, the lower number of a tie."""
    return int(np.bincount(labels[root]).argmax())


def pseudotime(space, labels, start, epochs):
    """Return the pseudotime of each cell along the principal curves, and how many there are.

    A cell of several lineages has the mean over them, weighted by how much it belongs to each.
    """
    if labels.max() == 0:  # one straight line: there is no tree to start a curve from
        raise ValueError("the cells are one cluster; Slingshot joins two or more by a tree")
    model = _fitted(space, labels, start, epochs)
    if model is None:
        # The package smooths until the squares of what is left sum to one per cell, in the units
        # of the space: where cells lie far wider around a curve it bends at every other cell.
        centres = np.stack([space[labels == k].mean(axis=0) for k in range(labels.max() + 1)])
        spread = np.sqrt(np.mean((space - centres[labels]) ** 2))
        print(f"the curves broke; once more in units of the spread within clusters, {spread:.3g}")
        model = _fitted(space / spread, labels, start, epochs)
    if model is None:
        raise ValueError("the package's curves break, in units of the spread within clusters too")
    times = np.stack([curve.pseudotimes_interp for curve in model.curves], axis=1)
    weights = np.nan_to_num(model.cell_weights)  # 0 / 0 for a cell that lies on a curve alone
    weights[weights.sum(axis=1) == 0] = 1
    return np.average(times, axis=1, weights=weights), len(model.curves)


def _fitted(space, labels, start, epochs):
    """Return the package's model, or None where a curve of it is not a number."""
    onehot = np.eye(labels.max() + 1)[labels]
    model = Slingshot(space, cluster_labels_onehot=onehot, start_node=start)
    try:
        model.fit(num_epochs=epochs)
    except ValueError as error:
        if "x must be increasing" not in str(error):  # SciPy's words for places that are NaN
            raise
        return None
    finite = all(np.isfinite(curve.pseudotimes_interp).all() for curve in model.curves)
    return model if finite else None
