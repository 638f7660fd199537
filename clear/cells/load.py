"""Load cells for a training: into one pool, or spilled to be read in chunks."""

from collections.abc import Callable, Iterator

import numpy as np
import torch

from clear.cells.matrix import Expression
from clear.cells.memory import allocate
from clear.cells.pools import Chunked, Whole
from clear.cells.scratch import Scratch
from clear.presets import Preset

# Values in the largest pool on the CPU (1 GiB). Fixed, because results must not depend on how much
# memory happens to be free, and larger pools are hardly faster.
POOL_VALUES = 2**28


def load(
    expression: Expression,
    columns: np.ndarray,
    device: torch.device,
    preset: Preset,
    on_block: Callable[[np.ndarray], None] | None = None,
) -> Whole | Chunked:
    """Read all cells once and prepare them for minibatch sampling.

    They become one dense pool if that takes at most 1 GiB, or half of the memory of a GPU; two
    such pools must fit if the preset lets crossovers write back. Larger data become a sparse copy,
    from which chunks of that size are read: in memory if the cells were there, spilled to disk if
    they were in a file.

    ``on_block`` is called with each block of cells (cells x genes, float32), in their order.

    Raises
    ------
    ClearError
        On invalid values, and when memory or disk space is too small.
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
        for block in _observed(expression.blocks(columns), on_block):
            pool[done : done + len(block)] = torch.from_numpy(block)
            done += len(block)
        return Whole(pool)
    scratch = Scratch(cells, genes, in_memory=not expression.on_disk)
    try:
        for block in _observed(expression.blocks(columns), on_block):
            scratch.append(block)
    except BaseException:
        scratch.close()
        raise
    return Chunked(scratch, pool)


def _observed(blocks: Iterator[np.ndarray], on_block: Callable | None) -> Iterator[np.ndarray]:
    for block in blocks:
        if on_block is not None:
            on_block(block)
        yield block
