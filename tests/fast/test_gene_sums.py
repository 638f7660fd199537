"""The sums of genes that Numba computes."""

import numpy as np
import pytest

from clear.fast.gene_sums import squares, sums


@pytest.mark.parametrize("kind", [np.int32, np.int64])
def test_bits_are_those_of_bincount(kind):
    random = np.random.default_rng(0)
    columns, values = random.integers(0, 9, 5000).astype(kind), random.gamma(1, 3, 5000)
    total, stored = sums(values, columns, 11)
    assert np.array_equal(total, np.bincount(columns, values, 11))
    assert np.array_equal(stored, np.bincount(columns, minlength=11))
    mean = total / 100
    expected = np.bincount(columns, (values - mean[columns]) ** 2, 11)
    assert np.array_equal(squares(values, columns, mean), expected)
