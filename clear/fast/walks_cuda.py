"""Random walks over shared nearest neighbours on a GPU as one Triton kernel: a thread a walk.

With the same random numbers it takes the same steps as :func:`clear.model.walks.steps`, which
launches seven operations for each of them. Returns are counted by atomic additions of integers,
whose order changes nothing.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor

BLOCK = 256


@triton.jit
def _walk(
    nearest,
    reverse,
    begin,
    number,
    uniform,
    ends,
    returns,
    cells,
    neighbors,
    walks,
    length,
    BLOCK: tl.constexpr,
):
    lane = (tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)).to(tl.int64)
    inside = lane < walks
    start = lane % cells
    place = start
    for step in range(length):
        coin = tl.load(uniform + 2 * step * walks + lane, inside, other=0.0)
        chosen = (coin * neighbors).to(tl.int64)
        place = tl.load(nearest + place * neighbors + chosen, inside, other=0)
        coin = tl.load(uniform + (2 * step + 1) * walks + lane, inside, other=0.0)
        drawn = (coin * tl.load(number + place).to(tl.float64)).to(tl.int64)
        place = tl.load(reverse + tl.load(begin + place) + drawn, inside, other=0)
        back = ((place == start) & inside).to(tl.int32)
        tl.atomic_add(returns + step, tl.sum(back, axis=0))
    tl.store(ends + lane, place, inside)


def walk(graph, uniform: Tensor) -> tuple[Tensor, Tensor]:
    """Take all walks.

    Parameters
    ----------
    graph
        A :class:`clear.model.walks.SharedGraph`.
    uniform
        Random numbers in [0, 1) (steps x 2 x walks, float64). Walks start at each cell in turn,
        then at each cell again.

    Returns
    -------
    ends : Tensor
        The cell where each walk ends (int64).
    returns : Tensor
        How many walks are at their start after each step (int32).
    """
    cells, neighbors = graph.nearest.shape
    length, _, walks = uniform.shape
    ends = torch.empty(walks, dtype=torch.int64, device=uniform.device)
    returns = torch.zeros(length, dtype=torch.int32, device=uniform.device)
    _walk[(triton.cdiv(walks, BLOCK),)](
        graph.nearest,
        graph.reverse,
        graph.begin,
        graph.number,
        uniform,
        ends,
        returns,
        cells,
        neighbors,
        walks,
        length,
        BLOCK=BLOCK,
    )
    return ends, returns


def check(graph) -> None:
    """Take a step from each cell: raises where the kernel cannot be compiled or started."""
    shape = 1, 2, len(graph.nearest)
    walk(graph, torch.zeros(shape, dtype=torch.float64, device=graph.nearest.device))
