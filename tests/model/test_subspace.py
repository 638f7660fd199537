"""Leading singular vectors, against a singular value decomposition in float64."""

import numpy as np
import pytest
import torch

from clear.model.subspace import by_inner_products, by_qr

WAYS = {"qr": by_qr, "inner products": by_inner_products}


def matrix(values, rows=300, columns=120):
    """A matrix with these singular values, rounded to float32."""
    random = np.random.default_rng(0)
    left, right = (np.linalg.qr(random.normal(size=(n, len(values))))[0] for n in (rows, columns))
    return torch.from_numpy((left * values) @ right.T).float()


def found(way, some, rank, number=None):
    start = torch.randn(some.shape[1], rank, generator=torch.Generator().manual_seed(0))
    return [t.double().numpy() for t in WAYS[way](some, start, number or rank)]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("smallest", [1e-1, 1e-3, 1e-5])
def test_of_an_ill_conditioned_matrix_they_are_those_of_float64(way, smallest):
    some = matrix(100 * np.geomspace(1, smallest, 40))
    _, expected, right = np.linalg.svd(some.double().numpy(), full_matrices=False)
    vectors, values = found(way, some, 40)
    # Rounding is relative to the largest, that of QR as well.
    np.testing.assert_allclose(values[:30], expected[:30], rtol=1e-4, atol=1e-6 * expected[0])
    np.testing.assert_allclose(vectors.T @ vectors, np.eye(40), atol=1e-4)
    along = np.abs((vectors * right[:40].T).sum(0))
    assert (along[expected[:40] > 3e-4 * expected[0]] > 0.999).all()


def test_inner_products_are_as_exact_as_qr():
    """Of what a matrix leaves out of each way's first vectors, as a share of what it must."""
    for smallest in (1e-1, 1e-3, 1e-5):
        some = matrix(100 * np.geomspace(1, smallest, 60))
        exact = some.double().numpy()
        rest = {}
        for way in WAYS:
            vectors = found(way, some, 50, 40)[0]
            rest[way] = np.linalg.norm(exact - exact @ vectors @ vectors.T)
        least = np.sqrt(np.square(np.linalg.svd(exact, compute_uv=False)[40:]).sum())
        assert rest["inner products"] - least <= 1.1 * (rest["qr"] - least) + 1e-6 * least


def test_where_there_are_fewer_directions_the_values_of_the_rest_are_zero():
    some = matrix([3.0, 2.0, 1.0], rows=9)
    vectors, values = found("inner products", some, 9)
    np.testing.assert_allclose(values, [3, 2, 1, 0, 0, 0, 0, 0, 0], atol=1e-5)
    lengths = np.linalg.norm(vectors, axis=0)
    np.testing.assert_allclose(lengths[:3], 1, atol=1e-5)
    assert ((lengths < 1.02) & np.isfinite(lengths)).all()  # rounding errors, or zero
    vectors, values = found("inner products", torch.zeros(9, 20), 9)
    assert (vectors == 0).all() and (values == 0).all()
