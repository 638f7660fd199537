"""Positives from other cells: the positive of a cell is where a random walk from it ends.

Two augmentations of one cell teach an encoder to tell all cells apart, even those of one type. A
long random walk over shared nearest neighbours (:mod:`.walks`) mixes within a type long before it
reaches another one. With the spectral loss (:func:`~.contrast.spectral`) the encoder then learns a
diffusion map (Coifman and Lafon 2006). No labels are used.
"""

import torch
from torch import Tensor
from torch.nn.functional import normalize

from clear.model.batches import aligned, joined_graph
from clear.model.walks import informative_length, shared_graph, walk
from clear.presets import Preset

COMPONENTS = 50
OVERSAMPLING = 10
ITERATIONS = 7
# Cells from which means, standard deviations and components are computed.
SAMPLE = 4096
MAX_STANDARDISED = 10.0


class Neighbours:
    """Draws the positive of each cell of a pool.

    Nearest neighbours are those by cosine on the first 50 principal components of standardised
    expression. These are found once for a pool of at most 4,096 cells, else in each epoch from
    other 4,096 cells. They are searched within random groups of at most ``preset.neighborhood``
    cells, new ones in each epoch: a walk of a given length then reaches as far among a million
    cells as among thousands.

    Parameters
    ----------
    preset
        Number of neighbours, size of the groups, length of the walks.
    shuffle
        Random numbers for the groups (CPU).
    generator
        Random numbers for the walks, on the device that trains.

    Attributes
    ----------
    positives
        Row number of the positive of each cell of the pool (int64).
    """

    def __init__(self, preset: Preset, shuffle: torch.Generator, generator: torch.Generator):
        self.preset, self.shuffle, self.generator = preset, shuffle, generator
        self.pool = self.positives = self.scores = None

    def use(self, pool: Tensor, batches: Tensor | None = None) -> None:
        """Draw new ``positives`` for the cells of ``pool``, at least two (cells x genes).

        ``batches`` numbers the batch of each cell (int64): their graph is then that of
        :mod:`.batches`.
        """
        cells = len(pool)
        groups = -(-cells // self.preset.neighborhood)
        new = pool is not self.pool
        if new:
            self.pool = pool
        # Of fewer cells all are taken, and the scores stay what they are.
        if new or (groups > 1 and cells > SAMPLE):
            self.scores = components(pool, self._choose(cells), batches)
        if new or groups > 1:
            order = self._order(cells) if groups > 1 else torch.arange(cells)
            parts = order.to(pool.device).tensor_split(groups)
            others = min(map(len, parts)) - 1
            neighbors = min(self.preset.neighbors, others)
            if batches is None:
                self.graph = shared_graph(normalize(self.scores), parts, neighbors)
            else:
                scores = aligned(self.scores, parts, batches)
                self.graph = joined_graph(scores, parts, batches, neighbors)
            self.length = self.preset.walk_length
            if self.preset.min_communities:
                communities = self.preset.min_communities * groups
                self.length = informative_length(self.graph, self.length, communities)
        ends = walk(self.graph, self.length, self.generator)
        if self.positives is None or len(self.positives) != cells:
            self.positives = ends
        else:  # in place: a CUDA graph has recorded the address
            self.positives.copy_(ends)

    def _choose(self, cells: int) -> Tensor:
        """Draw the cells from which the components are computed."""
        return torch.arange(cells) if cells <= SAMPLE else self._order(cells)[:SAMPLE]

    def _order(self, cells: int) -> Tensor:
        return torch.randperm(cells, generator=self.shuffle)


def principal_scores(pool: Tensor, chosen: Tensor) -> Tensor:
    """Return :func:`components` scaled to unit length, without batches."""
    return normalize(components(pool, chosen))


def components(pool: Tensor, chosen: Tensor, batches: Tensor | None = None) -> Tensor:
    """Return principal component scores of standardised expression.

    Genes are centred, divided by their standard deviation and clipped at 10 above the mean.

    Parameters
    ----------
    pool
        Cells x genes.
    chosen
        Rows from which means, standard deviations and components are computed.
    batches
        Batch of each cell, numbered from 0 (int64): genes are standardised within each. A batch of
        which no cell was chosen is standardised as all cells are. ``None``: one batch.

    Returns
    -------
    Tensor
        Cells x components (at most 50).
    """
    chosen = chosen.to(pool.device)
    number = 1 if batches is None else int(batches.max()) + 1
    mean, scale = _moments(pool[chosen])
    mean, scale = mean.repeat(number, 1), scale.repeat(number, 1)
    for batch in [] if batches is None else batches[chosen].unique().tolist():
        mean[batch], scale[batch] = _moments(pool[chosen[batches[chosen] == batch]])

    def standardised(rows: Tensor) -> Tensor:
        # One row of means serves all cells where there is one batch.
        of = slice(None) if batches is None else batches[rows]
        return pool[rows].sub_(mean[of]).mul_(scale[of]).clamp_(max=MAX_STANDARDISED)

    some = standardised(chosen)
    offset = some.mean(dim=0)  # clipping moves it away from 0
    some -= offset
    rank = min(COMPONENTS + OVERSAMPLING, *some.shape)
    # Subspace iteration (Halko, Martinsson and Tropp 2011), always from the same start.
    start = torch.randn(some.shape[1], rank, generator=torch.Generator().manual_seed(0))
    basis = torch.linalg.qr(start.to(pool.device)).Q
    for _ in range(ITERATIONS):
        basis = torch.linalg.qr(some.T @ (some @ basis)).Q
    turn = torch.linalg.svd(some @ basis, full_matrices=False).Vh[:COMPONENTS]
    basis = basis @ turn.T
    rows = torch.arange(len(pool), device=pool.device)
    # Small results allocated between large blocks would keep the heap from shrinking: at 2,000
    # genes the blocks are below the size from which malloc gives memory back at once.
    scores = torch.empty(len(pool), basis.shape[1], device=pool.device)
    for part in rows.split(SAMPLE):
        scores[part] = standardised(part).sub_(offset) @ basis
    return scores


def _moments(profiles: Tensor) -> tuple[Tensor, Tensor]:
    """Return mean and scale of each gene: 1 / standard deviation, 0 where it never varies."""
    deviation = profiles.std(dim=0, correction=0)
    return profiles.mean(dim=0), torch.where(deviation > 0, 1 / deviation, 0.0)
