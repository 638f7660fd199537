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
"""

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
    """

    loss: Tensor
    accuracy: Tensor


def info_nce(query: Tensor, key: Tensor, queue: Tensor, temperature: float) -> Contrast:
    """Compute the symmetrical contrastive loss of a minibatch (equations 1 and 2).

    Parameters
    ----------
    query, key
        The 2N augmented samples of N cells, encoded by the query and by the key encoder
        (2N x dimensions, rows of length 1). Rows i and i + N come from the same cell; the
        paper numbers them 2i - 1 and 2i.
    queue
        Keys of past minibatches (any number x dimensions, rows of length 1).
    temperature
        tau.
    """
    samples = len(query)
    rows = torch.arange(samples, device=query.device)
    positive = (rows + samples // 2) % samples
    similarity = query @ torch.cat([key, queue]).T / temperature
    similarity = similarity.index_put((rows, rows), similarity.new_tensor(-torch.inf))  # k != i
    # Cross-entropy is -log(exp(positive) / sum over k of exp(k)), equation 1, and its mean
    # over the 2N anchors is equation 2: each cell counts in both directions.
    loss = nn.functional.cross_entropy(similarity, positive)
    with torch.no_grad():
        others = similarity.index_put((rows, positive), similarity.new_tensor(-torch.inf))
        accuracy = (similarity[rows, positive] > others.amax(dim=1)).float().mean()
    return Contrast(loss, accuracy)


@torch.no_grad()
def update_key_encoder(key_encoder: nn.Module, query_encoder: nn.Module, momentum: float) -> None:
    """Move the key encoder a small step towards the query encoder (equation 3).

    theta_k <- m theta_k + (1 - m) theta_q, in place, after each optimiser step.
    """
    pairs = zip(key_encoder.parameters(), query_encoder.parameters(), strict=True)
    for theta_k, theta_q in pairs:
        theta_k.mul_(momentum).add_(theta_q, alpha=1 - momentum)


class Queue:
    """The keys of the last minibatches, first in, first out.

    Parameters
    ----------
    capacity
        Number of keys it can hold; 0 for no queue.
    dimensions
        Length of a key.
    device
        Where the keys live.
    """

    def __init__(self, capacity: int, dimensions: int, device: torch.device):
        self._ring = torch.zeros(capacity, dimensions, device=device)
        self._next = 0
        self._filled = 0

    @property
    def keys(self) -> Tensor:
        """The keys held now (number x dimensions), in no particular order."""
        return self._ring[: self._filled]

    def enqueue(self, keys: Tensor) -> None:
        """Add ``keys``; where the queue is full, they replace the oldest ones."""
        capacity = len(self._ring)
        keys = keys[max(len(keys) - capacity, 0) :]
        if not len(keys):
            return
        places = (self._next + torch.arange(len(keys), device=keys.device)) % capacity
        self._ring[places] = keys
        self._next = (self._next + len(keys)) % capacity
        self._filled = min(self._filled + len(keys), capacity)
