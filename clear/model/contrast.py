"""Contrastive losses and the momentum update of the key encoder ("The CLEAR framework").

The paper does not say how its queue and its two encoders work together. Here:

- A minibatch of N cells gives 2N augmented samples. Each is encoded twice: by the query encoder
  (with gradient), which gives the anchors x_i, and by the key encoder (without gradient), which
  gives the keys that anchors are compared with.
- X of equation 1 is the keys of the current minibatch and of the queue: for an anchor, one
  positive (the key of its cell's other augmentation) and as negatives the 2N - 2 keys of the
  other cells of the minibatch and all keys in the queue. Its own key (k = i) is left out.
- After the step the 2N keys enter the queue and the oldest ones leave it. The queue starts
  empty instead of with random vectors, so that every negative is a cell.

The paper's public code follows MoCo (He et al. 2020): only the first augmentation of a cell is an
anchor and only the second one a key, the N keys of a minibatch are not negatives of each other,
and the queue starts with random directions. Each of these is a switch here.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable


class Contrast(NamedTuple):
    """A loss and what is measured beside it; all tensors are scalars.

    Attributes
    ----------
    loss
        Equation 2, in nats, or the spectral loss.
    chance
        Lowest loss of an encoder that cannot tell cells apart: ln(1 + K) with K negatives per
        anchor; -1 for the spectral loss.
    accuracy
        Share of anchors that are closer to their positive than to every negative.
    alignment
        Mean squared distance of an anchor and its positive (Wang and Isola 2020, alpha = 2):
        0 when the augmentations of a cell have the same embedding, at most 4.
    """

    loss: Tensor
    chance: float
    accuracy: Tensor
    alignment: Tensor


def info_nce(
    query: Tensor,
    key: Tensor,
    queue: Tensor,
    temperature: float,
    symmetrical: bool = True,
    batch_negatives: bool = True,
    rows: Tensor | None = None,
) -> Contrast:
    """Compute the contrastive loss of a minibatch (equations 1 and 2).

    Parameters
    ----------
    query, key
        If symmetrical, the 2N augmented samples of N cells, encoded by the query and by the key
        encoder (2N x dimensions, rows of length 1). Rows i and i + N come from the same cell;
        the paper numbers them 2i - 1 and 2i. If not, the first samples of N cells, encoded by
        the query encoder, and the second ones, encoded by the key encoder (N x dimensions).
    queue
        Keys of past minibatches (any number x dimensions, rows of length 1).
    temperature
        tau.
    symmetrical
        Whether both augmentations of a cell are anchors.
    batch_negatives
        Whether the keys of the other cells of the minibatch are negatives beside the queue.
    rows
        Which rows of the minibatch (of ``key``) the anchors in ``query`` are; ``None``: all.
    """
    positive, others, left_out = _compared(key, queue, symmetrical, batch_negatives)
    if rows is not None:
        positive, left_out = positive[rows], [column[rows] for column in left_out]
    loss, accuracy = _CrossEntropy.apply(query, positive, others, left_out, temperature)
    with torch.no_grad():
        alignment = (query - positive).square().sum(dim=1).mean()
    return Contrast(loss, math.log(1 + len(others) - len(left_out)), accuracy, alignment)


def spectral(
    query: Tensor,
    key: Tensor,
    queue: Tensor,
    symmetrical: bool = True,
    batch_negatives: bool = True,
    scales: Tensor | None = None,
) -> Contrast:
    """Compute the spectral contrastive loss of a minibatch (HaoChen et al. 2021, equation 6).

    -2 x . x+ for an anchor and its positive, plus the mean of (x . x-)^2 over its negatives.
    At the minimum the embedding spans the leading eigenvectors of the walk that leads to the
    positives, and the rarer a cell type the longer its vectors, so that in k-means its distance to
    the others has as much weight as that of a frequent type.

    Parameters
    ----------
    query, key, queue, symmetrical, batch_negatives
        As for :func:`info_nce`, rows of any length. Only the query gets a gradient: half of the
        whole gradient if query and key encoder were the same.
    scales
        Of each dimension. Query and positive, not the negatives, are multiplied by them. Of keys
        whose second moments are the identity the minimum stays the mean positive, and an error in
        a dimension counts by the square of its scale.
    """
    positive, others, left_out = _compared(key, queue, symmetrical, batch_negatives)
    if scales is not None:
        query = query * scales
    own = to_positive = (query * positive).sum(dim=1)
    if scales is not None:
        positive = positive * scales
        to_positive = (query * positive).sum(dim=1)
    # The sum of (x . k)^2 over all keys k is x' (sum of k k') x: no matrix of all pairs.
    squares = (query @ (others.T @ others) * query).sum(dim=1)
    for column in left_out:
        squares = squares - (query * others[column.squeeze(1)]).sum(dim=1).square()
    negatives = max(len(others) - len(left_out), 1)  # the first minibatch may have none
    loss = (squares / negatives - 2 * to_positive).mean()
    with torch.no_grad():
        products = query.bfloat16() @ others.bfloat16().T  # for the history only
        for column in left_out:
            products.scatter_(1, column, 0.0)
        nearest = products.amax(dim=1, keepdim=True) if len(others) else -math.inf
        accuracy = (own[:, None] > nearest).float().mean()
        lengths = query.norm(dim=1), positive.norm(dim=1)
        cosine = to_positive / (lengths[0] * lengths[1]).clamp_min(1e-30)
        alignment = (lengths[0].sign() + lengths[1].sign() - 2 * cosine).mean()
    return Contrast(loss, -1.0, accuracy, alignment)


def _compared(
    key: Tensor, queue: Tensor, symmetrical: bool, batch_negatives: bool
) -> tuple[Tensor, Tensor, list[Tensor]]:
    """Return the positive of each anchor, all keys, and which of them are not its negatives."""
    positive, others, left_out = key, queue, []
    if batch_negatives:
        rows = torch.arange(len(key), device=key.device)
        others, left_out = torch.cat([key, queue]), [rows[:, None]]
    if symmetrical:
        positive = key.roll(len(key) // 2, dims=0)
        left_out = left_out + [column.roll(-(len(key) // 2), dims=0) for column in left_out]
    return positive, others, left_out


class _CrossEntropy(torch.autograd.Function):
    """The mean of equation 1 over anchors, with its gradient, so that no similarities are kept.

    The gradient for an anchor is (sum over k of p_k x_k - x_j) / temperature, where p_k is the
    share of k in the denominator.
    """

    @staticmethod
    def forward(ctx, query, positive, others, left_out, temperature):
        # Subtracting one vector from all keys changes neither shares nor gradient. It makes the
        # similarities small, so that they lose little precision in bfloat16.
        centre = others.mean(dim=0) if len(others) else 0
        positive, others = positive - centre, others - centre
        terms = (query / temperature @ others.T).to(query.dtype)
        if left_out:  # the last one: from the same product, so that rounding cannot favour it
            to_positive = terms.gather(1, left_out[-1])
        else:
            to_positive = (query * positive).sum(dim=1, keepdim=True) / temperature
        for column in left_out:
            terms.scatter_(1, column, -math.inf)
        # The first minibatch may have no negatives yet, and amax of nothing is an error.
        nearest = terms.amax(dim=1, keepdim=True) if len(others) else to_positive - math.inf
        accuracy = (to_positive > nearest).float().mean()
        top = torch.maximum(to_positive, nearest)
        terms = terms.sub_(top).exp_()
        own = (to_positive - top).exp()
        total = own + terms.sum(dim=1, keepdim=True)
        gradient = (terms @ others).to(query.dtype) + (own - total) * positive
        ctx.save_for_backward(gradient / (total * temperature * len(query)))
        ctx.mark_non_differentiable(accuracy)
        return (total.log() + top - to_positive).mean(), accuracy

    @staticmethod
    @once_differentiable
    def backward(ctx, upstream, _):
        (gradient,) = ctx.saved_tensors
        return upstream * gradient, None, None, None, None


@torch.no_grad()
def uniformity(embedding: Tensor) -> Tensor:
    """Measure how evenly samples are spread on the sphere (Wang and Isola 2020, t = 2).

    The logarithm of the mean of exp(-2 d^2) over all pairs of rows at distance d: 0 when all are
    one point, about -4 when they are spread evenly over a sphere of many dimensions.

    Parameters
    ----------
    embedding
        Samples x dimensions, rows of length 1; a single sample has no pair and gives 0.
    """
    samples = len(embedding)
    if samples < 2:
        return embedding.new_zeros(())
    products = embedding @ embedding.T
    lengths = products.diagonal()  # 1, but 0 where all units of the encoder are dead
    distances = (lengths[:, None] + lengths - 2 * products).clamp_min(0)
    exponents = (-2 * distances).fill_diagonal_(-math.inf)  # pairs of different samples only
    return exponents.flatten().logsumexp(0) - math.log(samples * (samples - 1))


@torch.no_grad()
def update_key_encoder(key_encoder: nn.Module, query_encoder: nn.Module, momentum: float) -> None:
    """Move the key encoder a small step towards the query encoder (equation 3).

    theta_k <- m theta_k + (1 - m) theta_q, in place, after each optimiser step.
    """
    torch._foreach_lerp_(
        list(key_encoder.parameters()), list(query_encoder.parameters()), 1 - momentum
    )
