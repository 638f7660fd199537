"""Leading singular vectors of a matrix by subspace iteration (Halko, Martinsson and Tropp 2011).

On a CPU a basis is made orthonormal by QR. On a GPU that is a long chain of small kernels, and so
is a singular value decomposition; there the inner products of the few columns are added up on the
GPU, in float64, and decomposed by the CPU. Squares of singular values lose half of the digits:
float64 has them to spare, and columns are made orthonormal after each product, not each second one.
"""

import torch
from torch import Tensor

OVERSAMPLING = 10
ITERATIONS = 7
# Columns have no direction below this share of the longest: float32 rounds to that, and float64
# knows a square of it to 1 %.
LEAST = 1e-7


def leading(some: Tensor, number: int) -> tuple[Tensor, Tensor]:
    """Return the leading right singular vectors and singular values.

    Parameters
    ----------
    some
        The matrix (rows x columns, float32).
    number
        How many, at most as many as rows or columns.

    Returns
    -------
    Tensor
        Columns x ``number``, orthonormal. On a GPU some may be zero where the matrix has no more
        directions.
    Tensor
        The singular values (``number``, falling).
    """
    rank = min(number + OVERSAMPLING, *some.shape)
    # Always from the same start.
    start = torch.randn(some.shape[1], rank, generator=torch.Generator().manual_seed(0))
    find = by_inner_products if some.is_cuda else by_qr
    return find(some, start.to(some.device), number)


def by_qr(some: Tensor, basis: Tensor, number: int) -> tuple[Tensor, Tensor]:
    """Iterate from a basis (columns x rank); see :func:`leading`."""
    basis = torch.linalg.qr(basis).Q
    for _ in range(ITERATIONS):
        basis = torch.linalg.qr(some.T @ (some @ basis)).Q
    _, values, turn = torch.linalg.svd(some @ basis, full_matrices=False)
    return basis @ turn[:number].T, values[:number]


def by_inner_products(some: Tensor, basis: Tensor, number: int) -> tuple[Tensor, Tensor]:
    """Iterate from a basis (columns x rank) with few operations; see :func:`leading`."""
    basis = _orthonormal(basis)
    for _ in range(ITERATIONS):
        basis = _orthonormal(some.T @ _orthonormal(some @ basis))
    values, turn = _singular(some @ basis)
    return basis @ turn[:, :number].float(), values[:number].float()


def _singular(columns: Tensor) -> tuple[Tensor, Tensor]:
    """Return singular values (falling) and right singular vectors of few columns, in float64."""
    columns = columns.double()
    squares, vectors = torch.linalg.eigh((columns.T @ columns).cpu())
    values, vectors = squares.clamp_min(0).sqrt().flip(0), vectors.flip(1)
    return values.to(columns.device), vectors.to(columns.device)


def _orthonormal(columns: Tensor) -> Tensor:
    """Return an orthonormal basis of what columns span, and zeros for what they do not."""
    values, vectors = _singular(columns)
    inverse = torch.where(values > LEAST * values[0], 1 / values, 0.0)
    return (columns.double() @ (vectors * inverse)).float()
