"""The queue: keys of past minibatches as negatives ("The CLEAR framework")."""

import torch
from torch import Tensor

from clear.model.encoder import unit_length


class Queue:
    """A first-in, first-out queue of fixed capacity.

    It holds at most ``capacity`` keys; 0 stands for no queue. With a generator (CPU) it starts full
    of random directions drawn from it.

    Attributes
    ----------
    ring, next
        Memory of the keys (capacity x dimensions) and where in it the next one goes (int64, on the
        device), for kernels that write keys themselves and then call :meth:`entered`.
    """

    def __init__(
        self,
        capacity: int,
        dimensions: int,
        device: torch.device,
        generator: torch.Generator | None = None,
    ):
        self.ring = torch.zeros(capacity, dimensions, device=device)
        # On the device, so that each replay of a CUDA graph advances it.
        self.next = torch.zeros((), dtype=torch.int64, device=device)
        self._filled = 0
        if generator is not None:
            self.enqueue(unit_length(torch.randn(self.ring.shape, generator=generator)).to(device))

    @property
    def keys(self) -> Tensor:
        """The keys held by the queue (number x dimensions), in no particular order."""
        return self.ring[: self._filled]

    @property
    def capacity(self) -> int:
        """The most keys that the queue can hold."""
        return len(self.ring)

    @property
    def full(self) -> bool:
        """Whether the queue holds as many keys as it can."""
        return self._filled == self.capacity

    def enqueue(self, keys: Tensor) -> None:
        """Add keys (number x dimensions); in a full queue they replace the oldest ones."""
        capacity = self.capacity
        keys = keys[max(len(keys) - capacity, 0) :]
        if not len(keys):
            return
        places = (self.next + torch.arange(len(keys), device=keys.device)) % capacity
        self.ring[places] = keys
        self.next.add_(len(keys)).remainder_(capacity)
        self.entered(len(keys))

    def entered(self, number: int) -> None:
        """Count keys that were written to ``ring``, after ``next`` was moved past them."""
        self._filled = min(self._filled + number, self.capacity)

    def state(self) -> tuple[Tensor, dict[str, int]]:
        """Return what :meth:`restore` needs: the ring buffer and two integers."""
        return self.ring, {"next": int(self.next), "filled": self._filled}

    def restore(self, ring: Tensor, places: dict[str, int]) -> None:
        """Restore an earlier :meth:`state`."""
        self.ring.copy_(ring)
        self.next.fill_(places["next"])
        self._filled = places["filled"]
