"""Random walks over shared nearest neighbours (Jarvis and Patrick 1973)."""

import logging
from collections.abc import Callable, Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from clear.errors import one_line

log = logging.getLogger("clear")

# Walks by which the communities of a graph are counted: in total, and at most per cell.
TOTAL_WALKS = 2**16
MAX_WALKS_PER_CELL = 64


class SharedGraph(NamedTuple):
    """The nearest neighbours of each cell, and its reverse neighbours: the cells that have it.

    Attributes
    ----------
    nearest
        Neighbours of each cell (cells x neighbors, int64).
    reverse
        Reverse neighbours of all cells, one cell after the other (cells * neighbors, int64).
    begin, number
        Where in ``reverse`` those of each cell begin, and how many they are (int64).
    """

    nearest: Tensor
    reverse: Tensor
    begin: Tensor
    number: Tensor


def shared_graph(scores: Tensor, groups: tuple[Tensor, ...], neighbors: int) -> SharedGraph:
    """Find the nearest neighbours of each cell within its group, by cosine.

    Parameters
    ----------
    scores
        Cells x components, rows of length 1.
    groups
        Rows of each group.
    neighbors
        Neighbours of each cell, fewer than the cells of any group.
    """
    cells = len(scores)
    nearest = torch.empty(cells, neighbors, dtype=torch.int64, device=scores.device)
    for rows in groups:
        similarity = scores[rows] @ scores[rows].T
        similarity.fill_diagonal_(-torch.inf)
        nearest[rows] = rows[similarity.topk(neighbors, dim=1).indices]
    return reversed_graph(nearest)


def reversed_graph(nearest: Tensor) -> SharedGraph:
    """Find the reverse neighbours of all cells (``nearest``: cells x neighbors, int64)."""
    cells, neighbors = nearest.shape
    reverse = nearest.flatten().argsort(stable=True) // neighbors
    number = torch.bincount(nearest.flatten(), minlength=cells)
    return SharedGraph(nearest, reverse, number.cumsum(0) - number, number)


def walks_kernel(device: torch.device) -> tuple[Callable | None, str]:
    """Return what takes walks on a GPU, or None where PyTorch has to; and in words."""
    if device.type != "cuda":
        return None, "PyTorch"
    try:
        from clear.fast import walks_cuda

        walks_cuda.check(reversed_graph(torch.tensor([[1], [0]], device=device)))
        return walks_cuda.walk, "Triton kernel"
    except Exception as error:  # Triton raises many kinds, some without a common class
        why = f"Triton cannot be used: {one_line(error)}"
        log.info("%s. Walks take longer.", why)
        return None, f"PyTorch ({why})"


def informative_length(
    graph: SharedGraph, longest: int, communities: float, kernel: Callable | None = None
) -> int:
    """Return the length of the longest walk that still separates this many communities.

    A walk of t steps separates as many communities as the sum over cells of its return probability,
    the trace of the t-th power of the transition matrix. It falls from the number of cells to the
    number of connected components. In clear data it settles at about the number of types; where
    neighbours are often of another type it goes on towards 1, and the end of a long walk then says
    nothing about its start.

    Parameters
    ----------
    graph
        See :func:`shared_graph`.
    longest
        Upper limit of the length.
    communities
        Number of communities to keep apart.
    kernel
        See :func:`walks_kernel`.

    Returns
    -------
    int
        At least 1.
    """
    cells, device = len(graph.nearest), graph.nearest.device
    rounds = min(max(TOTAL_WALKS // cells, 1), MAX_WALKS_PER_CELL)
    # A fixed seed, so that a resumed training finds the same length.
    generator = torch.Generator(device).manual_seed(0)
    _, returns = _walks(graph, longest, generator, kernel, rounds)
    enough = (returns / rounds >= communities).tolist()
    return max((step for step, ok in enumerate(enough, 1) if ok), default=1)


def walk(
    graph: SharedGraph, length: int, generator: torch.Generator, kernel: Callable | None = None
) -> Tensor:
    """Take a random walk from each cell.

    Each step goes to one of the cell's neighbours, then to one of the reverse neighbours of that
    one, which may be the cell itself; all are equally likely (:mod:`.markov` has the probabilities
    as a matrix).

    Parameters
    ----------
    graph
        See :func:`shared_graph`.
    length
        Steps of each walk, at least 1.
    generator
        Random numbers, on the graph's device. On a GPU and on a CPU a seed gives other walks.
    kernel
        See :func:`walks_kernel`.

    Returns
    -------
    Tensor
        The cell where the walk from each cell ends (cells, row numbers, int64).
    """
    return _walks(graph, length, generator, kernel)[0]


def _walks(
    graph: SharedGraph,
    length: int,
    generator: torch.Generator,
    kernel: Callable | None,
    rounds: int = 1,
) -> tuple[Tensor, Tensor]:
    """Return where walks end, ``rounds`` from each cell, and how many are back after each step."""
    device, cells = graph.nearest.device, len(graph.nearest)
    uniform = torch.rand(
        (rounds, length, 2, cells), generator=generator, device=device, dtype=torch.float64
    )
    uniform = uniform.permute(1, 2, 0, 3).reshape(length, 2, rounds * cells)
    if kernel is not None:
        return kernel(graph, uniform)
    start = torch.arange(cells, device=device).repeat(rounds)
    returns = torch.zeros(length, device=device)
    for step, place in enumerate(steps(graph, uniform)):
        returns[step] = (place == start).sum()
    return place, returns


def steps(graph: SharedGraph, uniform: Tensor) -> Iterator[Tensor]:
    """Yield where each :func:`walk` is after each step (``uniform``: steps x 2 x walks).

    Walks start at each cell in turn, then at each cell again. ``uniform`` is overwritten.
    """
    cells, neighbors = graph.nearest.shape
    walks = uniform.shape[2]
    nearest = graph.nearest.flatten()
    place = torch.arange(cells, device=nearest.device).repeat(walks // cells)
    # As much as possible for all steps at once; `take` is the fastest lookup.
    chosen = (uniform[:, 0] * neighbors).long()
    for neighbour, coin in zip(chosen, uniform[:, 1], strict=True):
        place = nearest.take(neighbour.add_(place, alpha=neighbors))
        drawn = (coin.mul_(graph.number.take(place))).long()
        place = graph.reverse.take(drawn.add_(graph.begin.take(place)))
        yield place
