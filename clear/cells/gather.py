"""The cells that a training takes, brought to where it can take them from."""

from collections.abc import Callable, Iterator

import numpy as np
import torch

from clear.cells.matrix import Expression
from clear.cells.memory import allocate
from clear.cells.pools import Chunked, Whole
from clear.cells.scratch import Scratch
from clear.presets import Preset

# Values of the largest pool on the CPU (1 GiB). A fixed number: what is computed must not
# depend on how much memory happens to be free, and larger pools are hardly faster.
POOL_VALUES = 2**28


def gather(
    expression: Expression,
    columns: np.ndarray,
    device: torch.device,
    preset: Preset,
    seen: Callable[[np.ndarray], None] | None = None,
) -> Whole | Chunked:
    """Read the cells once and keep them where the training can take them from.

    All as one dense pool where that is at most 1 GiB or half of the memory of a GPU, two pools
    where the preset lets crossovers write back; else as a sparse working copy to be taken in
    chunks of that size, in memory where the cells were in memory, and in a temporary file
    where they were on disk.

    Parameters
    ----------
    expression, columns
        The cells, and the numbers of the genes to use.
    device, preset
        The device that trains; all settings.
    seen
        If given, called with each block of cells (cells x genes, float32), in their order.

    Raises
    ------
    ClearError
        On values that cannot be used, and when memory or disk do not suffice.
    """
    room = POOL_VALUES
    if device.type == "cuda":
        memory = torch.cuda.get_device_properties(device).total_memory
        room = max(room, memory // 2 // 4)
    room //= 2 if preset.crossover_writes_back else 1
    cells, genes = expression.cells, len(columns)
    pool = allocate(min(cells, max(room // genes, 2 * preset.batch_size)), genes, device)
    if len(pool) == cells:
        done = 0
        for block in _told(expression.blocks(columns), seen):
            pool[done : done + len(block)] = torch.from_numpy(block)
            done += len(block)
        return Whole(pool)
    scratch = Scratch(cells, genes, in_memory=not expression.on_disk)
    try:
        for block in _told(expression.blocks(columns), seen):
            scratch.append(block)
    except BaseException:
        scratch.close()
        raise
    return Chunked(scratch, pool)


def _told(blocks: Iterator[np.ndarray], seen: Callable | None) -> Iterator[np.ndarray]:
    for block in blocks:
        if seen is not None:
            seen(block)
        yield block
