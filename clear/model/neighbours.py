"""Positives beyond the same cell: where a random walk over nearest neighbours ends.

Two augmentations of one cell teach an encoder to tell cells apart, those of the same type too.
Here the positive of a cell is the end of a long random walk that leaves it over shared
neighbours (Jarvis and Patrick 1973): the walk mixes within a type long before it finds the way
to another one. With the spectral loss (:func:`~.contrast.spectral`) the embedding is then a
diffusion map (Coifman and Lafon 2006) that an encoder has learned. No label is looked at.
"""

from collections.abc import Iterator

import torch
from torch import Tensor

from clear.presets import Preset

COMPONENTS = 50
SPARE = 10
ITERATIONS = 7
# Cells that decide means, standard deviations and components.
SAMPLE = 4096
LARGEST = 10.0
# Walks from which the communities of a graph are counted: in all, and from one cell at most.
ROUNDS_OF_CELLS = 2**16
MOST_ROUNDS = 64


class Neighbours:
    """Draws the positive of each cell of a pool.

    Neighbours are sought by the cosine of standardised expression on its first 50 principal
    components. They are sought within random groups of cells, ``preset.neighborhood`` at most,
    new ones in each epoch: a walk of a given length then reaches as far in a data set of
    a million cells as in one of thousands.

    Parameters
    ----------
    preset
        Neighbours of a cell, size of the groups, length of a walk.
    shuffle
        Source of the groups (CPU).
    generator
        Source of the walks, on the device that does the work.
    """

    def __init__(self, preset: Preset, shuffle: torch.Generator, generator: torch.Generator):
        self.preset, self.shuffle, self.generator = preset, shuffle, generator
        self.pool = self.positives = None

    def use(self, pool: Tensor) -> None:
        """Draw new positives for the cells of ``pool``, into ``positives``.

        Parameters
        ----------
        pool
            Cells x genes, log-normalised; at least two cells.
        """
        cells = len(pool)
        groups = -(-cells // self.preset.neighborhood)
        if pool is not self.pool or groups > 1:
            self.pool = pool
            scores = principal_scores(pool, self._choose(cells))
            order = self._order(cells) if groups > 1 else torch.arange(cells)
            parts = order.to(pool.device).tensor_split(groups)
            at_most = min(map(len, parts)) - 1
            self.graph = shared_graph(scores, parts, min(self.preset.neighbors, at_most))
            self.length = self.preset.walk_length
            if self.preset.min_communities:
                least = self.preset.min_communities * groups
                self.length = informative_length(self.graph, self.length, least)
        ends = walk(self.graph, self.length, self.generator)
        if self.positives is None or len(self.positives) != cells:
            self.positives = ends
        else:  # where it was: a recorded step reads it there
            self.positives.copy_(ends)

    def _choose(self, cells: int) -> Tensor:
        """Choose the cells that decide the components."""
        return torch.arange(cells) if cells <= SAMPLE else self._order(cells)[:SAMPLE]

    def _order(self, cells: int) -> Tensor:
        return torch.randperm(cells, generator=self.shuffle)


def principal_scores(pool: Tensor, chosen: Tensor) -> Tensor:
    """Return principal components of standardised expression at unit length.

    Genes are centred, divided by their standard deviation and cut off at 10 above the mean.

    Parameters
    ----------
    pool
        Cells x genes.
    chosen
        Rows from which means, standard deviations and components are taken.

    Returns
    -------
    Tensor
        Cells x components (at most 50), rows of length 1.
    """
    some = pool[chosen.to(pool.device)]
    mean, deviation = some.mean(dim=0), some.std(dim=0, correction=0)
    scale = torch.where(deviation > 0, 1 / deviation, 0.0)

    def standardised(profiles: Tensor) -> Tensor:
        return ((profiles - mean) * scale).clamp_(max=LARGEST)

    some = standardised(some)
    offset = some.mean(dim=0)  # no longer 0 after the cut
    some -= offset
    rank = min(COMPONENTS + SPARE, *some.shape)
    # Subspace iteration (Halko, Martinsson and Tropp 2011) from a start that is always the same.
    start = torch.randn(some.shape[1], rank, generator=torch.Generator().manual_seed(0))
    basis = torch.linalg.qr(start.to(pool.device)).Q
    for _ in range(ITERATIONS):
        basis = torch.linalg.qr(some.T @ (some @ basis)).Q
    turn = torch.linalg.svd(some @ basis, full_matrices=False).Vh[:COMPONENTS]
    basis = basis @ turn.T
    blocks = [(standardised(part) - offset) @ basis for part in pool.split(SAMPLE)]
    return torch.nn.functional.normalize(torch.cat(blocks))


def shared_graph(
    scores: Tensor, groups: tuple[Tensor, ...], neighbors: int
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return who is whose nearest neighbour within groups of cells.

    Parameters
    ----------
    scores
        Cells x components, rows of length 1.
    groups
        Rows of each group.
    neighbors
        Neighbours of each cell, fewer than the cells of any group.

    Returns
    -------
    Tensor
        The neighbours of each cell (cells x neighbors).
    Tensor, Tensor, Tensor
        The other way round: all cells in the order of whose neighbours they have, where in it
        those of each cell begin, and how many they are.
    """
    cells = len(scores)
    nearest = torch.empty(cells, neighbors, dtype=torch.int64, device=scores.device)
    for rows in groups:
        similarity = scores[rows] @ scores[rows].T
        similarity.fill_diagonal_(-torch.inf)
        nearest[rows] = rows[similarity.topk(neighbors, dim=1).indices]
    admirers = nearest.flatten().argsort(stable=True) // neighbors
    number = torch.bincount(nearest.flatten(), minlength=cells)
    return nearest, admirers, number.cumsum(0) - number, number


def informative_length(graph: tuple, longest: int, communities: float) -> int:
    """Return the length of the longest walk that leaves so many communities apart.

    How many a walk of t steps leaves apart is the sum over cells of the probability that it ends
    where it began, which is the trace of the t-th power of its matrix: the number of cells at
    first, that of the groups that no walk connects in the end. In clear data it soon comes
    to rest at about the number of types; where neighbours are often of another type it goes on
    to 1, and the end of a long walk tells nothing of its start.

    Parameters
    ----------
    graph
        See :func:`shared_graph`.
    longest
        Length that is not exceeded.
    communities
        How many there must be.

    Returns
    -------
    int
        1 at least.
    """
    cells = len(graph[0])
    rounds = min(max(ROUNDS_OF_CELLS // cells, 1), MOST_ROUNDS)
    start = torch.arange(cells, device=graph[0].device)
    # The same walks for the same graph, so that a training that is resumed finds the same length.
    generator = torch.Generator(start.device).manual_seed(0)
    returns = torch.zeros(longest, device=start.device)
    for _ in range(rounds):
        for step, place in enumerate(steps(graph, longest, generator)):
            returns[step] += (place == start).sum()
    enough = (returns / rounds >= communities).tolist()
    return max((step for step, ok in enumerate(enough, 1) if ok), default=1)


def walk(graph: tuple, length: int, generator: torch.Generator) -> Tensor:
    """Take a random walk from each cell, each step to a cell that shares a neighbour with it.

    A step goes to one of the cell's neighbours, then to one of the cells that have this
    neighbour too, which may be the cell itself.

    Returns
    -------
    Tensor
        Where the walk of each cell ends (row numbers, int64).
    """
    *_, end = steps(graph, length, generator)
    return end


def steps(graph: tuple, length: int, generator: torch.Generator) -> Iterator[Tensor]:
    """Yield where the :func:`walk` of each cell is after each step."""
    nearest, admirers, begin, number = graph
    cells, neighbors = nearest.shape
    place, nearest = torch.arange(cells, device=nearest.device), nearest.flatten()
    uniform = torch.rand(
        (length, 2, cells), generator=generator, device=place.device, dtype=torch.float64
    )
    # What can be done for all steps at once is, and `take` is the quickest way to look up.
    chosen = (uniform[:, 0] * neighbors).long()
    for neighbour, coin in zip(chosen, uniform[:, 1], strict=True):
        place = nearest.take(neighbour.add_(place, alpha=neighbors))
        place = admirers.take((coin.mul_(number.take(place))).long().add_(begin.take(place)))
        yield place
