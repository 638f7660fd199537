"""The queue: keys of past minibatches as negatives ("The CLEAR framework")."""

import torch
from torch import Tensor

from clear.model.encoder import unit_length


class Queue:
    """A first-in, first-out queue of fixed capacity.

    It holds at most ``capacity`` keys; 0 stands for no queue. With a generator (CPU) it starts full
    of random directions drawn from it.
    """

    def __init__(
        self,
        capacity: int,
        dimensions: int,
        device: torch.device,
        generator: torch.Generator | None = None,
    ):
        self._ring = torch.zeros(capacity, dimensions, device=device)
        # On the device, so that each replay of a CUDA graph advances it.
        self._next = torch.zeros((), dtype=torch.int64, device=device)
        self._filled = 0
        if generator is not None:
            self.enqueue(unit_length(torch.randn(self._ring.shape, generator=generator)).to(device))

    @property
    def keys(self) -> Tensor:
        """The keys held by the queue (number x dimensions), in no particular order."""
        return self._ring[: self._filled]

    @property
    def full(self) -> bool:
        """Whether the queue holds as many keys as it can."""
        return self._filled == len(self._ring)

    def enqueue(self, keys: Tensor) -> None:
        """Add keys (number x dimensions); in a full queue they replace the oldest ones."""
        capacity = len(self._ring)
        keys = keys[max(len(keys) - capacity, 0) :]
        if not len(keys):
            return
        places = (self._next + torch.arange(len(keys), device=keys.device)) % capacity
        self._ring[places] = keys
        self._next.add_(len(keys)).remainder_(capacity)
        self._filled = min(self._filled + len(keys), capacity)

    def state(self) -> tuple[Tensor, dict[str, int]]:
        """Return what :meth:`restore` needs: the ring buffer and two integers."""
        return self._ring, {"next": int(self._next), "filled": self._filled}

    def restore(self, ring: Tensor, places: dict[str, int]) -> None:
        """Restore an earlier :meth:`state`."""
        self._ring.copy_(ring)
        self._next.fill_(places["next"])
        self._filled = places["filled"]
