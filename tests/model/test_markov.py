"""The transition matrix of walks against one worked out by hand."""

import numpy as np
import torch

from clear.model.markov import transition_matrix
from clear.model.walks import reversed_graph


def test_a_step_leads_to_the_cells_that_share_a_neighbour():
    """Cells 0 and 1 have each other and 2; 2 and 3 have 0 and 1; nobody has 3."""
    graph = reversed_graph(torch.tensor([[1, 2], [0, 2], [0, 1], [0, 1]]))
    # Reverse neighbours: of 0 they are 1, 2, 3; of 1 they are 0, 2, 3; of 2 they are 0, 1.
    a, b = 1 / 2 / 3, 1 / 2 / 2
    expected = [[a + b, b, a, a], [b, a + b, a, a], [a, a, 2 * a, 2 * a], [a, a, 2 * a, 2 * a]]
    found = transition_matrix(graph).toarray()
    np.testing.assert_allclose(found, expected)
    np.testing.assert_allclose(found.sum(axis=1), 1)
