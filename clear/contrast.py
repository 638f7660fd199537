"""Momentum contrast: the loss, the queue and the key encoder ("The CLEAR framework").

How the paper's queue and its two encoders go together is not said. Here:

- A minibatch of N cells gives 2N augmented samples. All of them are encoded twice: by the
  query encoder (with gradient), which makes the anchors x_i, and by the key encoder (without),
  which makes what anchors are compared with.
- X of equation 1 is the current minibatch and the queue, all as keys: for an anchor, one
  positive (the key of its cell's other augmentation) and as negatives the 2N - 2 keys of the
  other cells of the minibatch and all keys in the queue. Its own key (k = i) is left out.
- After the step the 2N keys enter the queue and the oldest ones leave it. The queue starts
  empty and not with random vectors, so that every negative is a cell.

The paper's public code does it as MoCo does (He et al. 2020): only the first augmentation of a
cell is an anchor and only the second one a key, the N keys of a minibatch are no negatives of
each other, and the queue starts with random directions. Each of these is a switch here.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn


class Contrast(NamedTuple):
    """What :func:`info_nce` returns; tensors without dimensions.

    Attributes
    ----------
    loss
        Equation 2, in nats.
    accuracy
        Share of anchors that are nearer to their positive than to every negative.
    alignment
        Mean squared distance of an anchor and its positive (Wang and Isola 2020, alpha = 2):
        0 when the augmentations of a cell cannot be told apart, at most 4.
    negatives
        K, the number of negatives of each anchor; a whole number.
    """

    loss: Tensor
    accuracy: Tensor
    alignment: Tensor
    negatives: int


def info_nce(
    query: Tensor,
    key: Tensor,
    queue: Tensor,
    temperature: float,
    symmetrical: bool = True,
    batch_negatives: bool = True,
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
        Whether each cell counts in both directions.
    batch_negatives
        Whether the keys of the other cells are negatives, or those of the queue only.
    """
    samples = len(query)
    rows = torch.arange(samples, device=query.device)
    positive = (rows + samples // 2) % samples if symmetrical else rows
    if batch_negatives:
        place = positive
        similarity = query @ torch.cat([key, queue]).T / temperature
        if symmetrical:  # k != i
            similarity = similarity.index_put((rows, rows), similarity.new_tensor(-torch.inf))
    else:
        place = torch.zeros_like(rows)
        to_positive = (query * key[positive]).sum(dim=1, keepdim=True)
        similarity = torch.cat([to_positive, query @ queue.T], dim=1) / temperature
    # Cross-entropy is -log(exp(positive) / sum over k of exp(k)), equation 1, and its mean
    # over the anchors is equation 2.
    loss = nn.functional.cross_entropy(similarity, place)
    with torch.no_grad():
        others = similarity.index_put((rows, place), similarity.new_tensor(-torch.inf))
        accuracy = (similarity[rows, place] > others.amax(dim=1)).float().mean()
        alignment = (query - key[positive]).square().sum(dim=1).mean()
    negatives = similarity.shape[1] - (2 if symmetrical and batch_negatives else 1)
    return Contrast(loss, accuracy, alignment, negatives)


@torch.no_grad()
def uniformity(embedding: Tensor) -> Tensor:
    """Measure how evenly samples lie on the sphere (Wang and Isola 2020, t = 2).

    The logarithm of the mean of exp(-2 d^2) over all pairs of rows, d being their distance: 0
    when all are in one point, about -4 when spread over a sphere of many dimensions.

    Parameters
    ----------
    embedding
        Samples x dimensions, rows of length 1; a single sample has no pair and gives 0.
    """
    samples = len(embedding)
    if samples < 2:
        return embedding.new_zeros(())
    products = embedding @ embedding.T
    lengths = products.diagonal()  # not always 1: rows of a dead encoder are 0
    distances = (lengths[:, None] + lengths - 2 * products).clamp_min(0)
    exponents = (-2 * distances).fill_diagonal_(-math.inf)  # no sample is a pair with itself
    return exponents.flatten().logsumexp(0) - math.log(samples * (samples - 1))


@torch.no_grad()
def update_key_encoder(key_encoder: nn.Module, query_encoder: nn.Module, momentum: float) -> None:
    """Move the key encoder a small step towards the query encoder (equation 3).

    theta_k <- m theta_k + (1 - m) theta_q, in place, after each optimiser step.
    """
    pairs = zip(key_encoder.parameters(), query_encoder.parameters(), strict=True)
    for theta_k, theta_q in pairs:
        theta_k.mul_(momentum).add_(theta_q, alpha=1 - momentum)
