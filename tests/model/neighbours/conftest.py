"""Cells of which some are alike."""

import numpy as np
import pytest
import torch

from tests.model.neighbours.graphs import CELLS


@pytest.fixture(scope="module")
def pool():
    """Eighty cells of two kinds, a quarter of them of the second one."""
    random = np.random.default_rng(0)
    kind = np.arange(CELLS) % 4 == 0
    rates = random.gamma(1.0, 1.0, (2, 60)) * np.where(np.arange(60) < 15, [[1], [6]], 1)
    values = np.log1p(random.poisson(rates[kind.astype(int)]))
    values[:, 7] = 2  # a gene that never varies
    return torch.from_numpy(values.astype(np.float32))
