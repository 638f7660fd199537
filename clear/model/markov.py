"""The Markov chain of walks over shared neighbours, as a matrix: what :mod:`.walks` draws from."""

import numpy as np
from scipy import sparse

from clear.model.walks import SharedGraph


def transition_matrix(graph: SharedGraph) -> sparse.csr_matrix:
    """Return where one step of a walk leads, with which probability.

    A step goes to one of the cell's k neighbours v, then to one of the r_v cells that have v as
    their neighbour: P_ij is the sum of 1 / (k r_v) over the neighbours v that i and j share. It is
    symmetric, so that P is also a matrix of similarities, and its rows sum to 1.

    Parameters
    ----------
    graph
        See :func:`~.walks.shared_graph`; on the CPU.

    Returns
    -------
    csr_matrix
        P, cells x cells, float64.
    """
    nearest = graph.nearest.numpy()
    cells, neighbours = nearest.shape
    rows = np.repeat(np.arange(cells), neighbours)
    forth = sparse.csr_matrix((np.ones(rows.size), (rows, nearest.ravel())), (cells, cells))
    back = sparse.diags(1 / np.maximum(graph.number.numpy(), 1)) @ forth.T
    return sparse.csr_matrix(forth @ back / neighbours)
