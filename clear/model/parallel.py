"""One training by several processes, started by ``torchrun``: each does a share of every minibatch.

All processes hold the same cells, weights and random numbers. Each augments the whole minibatch,
the cheap part, so that the numbers drawn are those of a single process, and sends its own share of
the copies through the encoders. The keys of all shares are gathered: every anchor has the negatives
and the queue that it has in one process. Gradients are averaged. The result is that of one process
but for rounding.
"""

import contextlib
import os
from collections.abc import Iterator

import torch
import torch.distributed as dist
from torch import Tensor, nn

from clear.errors import ClearError
from clear.presets import Preset

# What a preset's settings must be: others need the whole minibatch, or change the cells.
SHARED = {"neighbors": 0, "loss": "info_nce", "crossover_writes_back": False}


def started() -> int:
    """Return how many processes ``torchrun`` started, or the process group has; 1 for neither."""
    if dist.is_available() and dist.is_initialized():
        return dist.get_world_size()
    return int(os.environ.get("WORLD_SIZE", 1)) if "TORCHELASTIC_RUN_ID" in os.environ else 1


def is_first() -> bool:
    """Return whether this process is the one that writes files and shows the progress."""
    if started() == 1:
        return True
    return (dist.get_rank() if dist.is_initialized() else int(os.environ["RANK"])) == 0


@contextlib.contextmanager
def group(device: torch.device) -> Iterator[None]:
    """Join the processes of this training, where there are several, until the block ends.

    A process group that the caller has initialised is used and kept. On CUDA the current device
    becomes the GPU of this process's ``LOCAL_RANK``.

    Parameters
    ----------
    device
        The kind of device that trains: ``nccl`` joins GPUs, ``gloo`` CPUs.

    Raises
    ------
    ClearError
        When there are more processes on this machine than GPUs.
    """
    if started() == 1:
        yield
        return
    if device.type == "cuda":
        local, here = int(os.environ.get("LOCAL_RANK", 0)), torch.cuda.device_count()
        if local >= here:
            raise ClearError(
                f"There are more processes than the {here} GPUs here: start one for each "
                f"(--nproc-per-node {here}), or use device 'cpu'."
            )
        torch.cuda.set_device(local)
    ours = not dist.is_initialized()
    if ours:
        dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield
    finally:
        if ours:
            dist.destroy_process_group()


class Shares:
    """How the processes share a training; every process makes one.

    Parameters
    ----------
    preset
        Settings of the training.
    batch_size
        Cells of a full minibatch, of all processes together.

    Raises
    ------
    ClearError
        When the preset or the minibatch cannot be shared.
    """

    def __init__(self, preset: Preset, batch_size: int):
        self.processes, self.rank = started(), 0
        if self.processes == 1:
            return
        self.rank = dist.get_rank()
        unlike = [name for name, value in SHARED.items() if getattr(preset, name) != value]
        if unlike:
            raise ClearError(
                f"The preset {preset.name!r} cannot be trained by several processes (its settings "
                f"{', '.join(unlike)}): use the preset 'paper', or one process."
            )
        if batch_size % self.processes:
            raise ClearError(
                f"A minibatch of {batch_size} cells cannot be split over {self.processes} "
                "processes: batch_size, or the number of cells where that is smaller, must be a "
                "multiple of their number."
            )

    def agree(self, run: dict) -> None:
        """Raise a ClearError unless all processes were given the same ``run``."""
        if self.processes == 1:
            return
        runs = [None] * self.processes
        dist.all_gather_object(runs, run)
        for name in run:
            there = [other.get(name) for other in runs]
            if any(value != there[0] for value in there):
                raise ClearError(
                    f"The processes were given different trainings: their {name} differs "
                    f"({', '.join(map(repr, there))}). Give all the same data and settings."
                )

    def rows(self, cells: int, copies: int, device: torch.device) -> Tensor | None:
        """Return which rows of a minibatch are this process's; None for all of them.

        Parameters
        ----------
        cells
            Cells of the minibatch. A last, smaller one that cannot be split is done as a whole by
            every process.
        copies
            1 or 2: row i and, with 2, row i + ``cells`` belong to cell i.
        device
            Where the minibatch is.
        """
        if self.processes == 1 or cells % self.processes:
            return None
        share = cells // self.processes
        own = torch.arange(self.rank * share, (self.rank + 1) * share, device=device)
        return torch.cat([own + copy * cells for copy in range(copies)])

    def gather(self, own: Tensor, copies: int) -> Tensor:
        """Return the rows of all processes, in the order of the minibatch, without gradient."""
        parts = [torch.empty_like(own) for _ in range(self.processes)]
        dist.all_gather(parts, own.detach().contiguous())
        return torch.stack(parts).unflatten(1, (copies, -1)).transpose(0, 1).flatten(0, 2)

    def average(self, encoder: nn.Module) -> None:
        """Average the gradients of an encoder over the processes, in place."""
        if self.processes > 1:
            for parameter in encoder.parameters():
                dist.all_reduce(parameter.grad)
                parameter.grad /= self.processes

    def mean(self, values: Tensor) -> Tensor:
        """Return the mean of a tensor over the processes."""
        if self.processes > 1:
            values = values.clone()
            dist.all_reduce(values)
            values /= self.processes
        return values
