"""The queue of keys of past minibatches ("The CLEAR framework")."""

import torch
from torch import Tensor

from clear.model.encoder import unit_length


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
    generator
        If given (on the CPU), the queue starts full of random directions, drawn from it.
    """

    def __init__(
        self,
        capacity: int,
        dimensions: int,
        device: torch.device,
        generator: torch.Generator | None = None,
    ):
        self._ring = torch.zeros(capacity, dimensions, device=device)
        # On the device: a step that is recorded there must find it moved on at each replay.
        self._next = torch.zeros((), dtype=torch.int64, device=device)
        self._filled = 0
        if generator is not None:
            self.enqueue(unit_length(torch.randn(self._ring.shape, generator=generator)).to(device))

    @property
    def keys(self) -> Tensor:
        """The keys held now (number x dimensions), in no particular order."""
        return self._ring[: self._filled]

    @property
    def full(self) -> bool:
        """Whether the number of keys stays as it is."""
        return self._filled == len(self._ring)

    def enqueue(self, keys: Tensor) -> None:
        """Add ``keys``; where the queue is full, they replace the oldest ones."""
        capacity = len(self._ring)
        keys = keys[max(len(keys) - capacity, 0) :]
        if not len(keys):
            return
        places = (self._next + torch.arange(len(keys), device=keys.device)) % capacity
        self._ring[places] = keys
        self._next.add_(len(keys)).remainder_(capacity)
        self._filled = min(self._filled + len(keys), capacity)

    def state(self) -> tuple[Tensor, dict[str, int]]:
        """Return what :meth:`restore` needs: the keys' memory and two whole numbers."""
        return self._ring, {"next": int(self._next), "filled": self._filled}

    def restore(self, ring: Tensor, places: dict[str, int]) -> None:
        """Put the queue back to an earlier :meth:`state`."""
        self._ring.copy_(ring)
        self._next.fill_(places["next"])
        self._filled = places["filled"]
