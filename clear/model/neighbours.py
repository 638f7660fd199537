"""Positives from other cells: the positive of a cell is where a random walk from it ends.

Two augmentations of one cell teach an encoder to tell all cells apart, even those of one type. A
long random walk over shared nearest neighbours (:mod:`.walks`) mixes within a type long before it
reaches another one. With the spectral loss (:func:`~.contrast.spectral`) the encoder then learns a
diffusion map (Coifman and Lafon 2006). No labels are used.

Where ``preset.keys`` is ``"components"``, the key of a positive is not what a second encoder makes
of it but its whitened principal component scores, which stay what they are. Their second moments
are the identity, so that the spectral loss is least where the encoder gives the mean score of the
cells in which walks end: the principal components, averaged over the neighbourhood. Each of them
counts by its variance, so that what is made small is the error in units of the scores.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize, pad

from clear.model.batches import joined_graph, moved
from clear.model.components import SAMPLE, Components, find_components, spread
from clear.model.encoder import with_scores
from clear.model.walks import informative_length, shared_graph, walk, walks_kernel
from clear.presets import Preset

# With fixed keys, where a tenth of the cells is fewer.
LEAST_NEIGHBORS = 3


class Neighbours:
    """Draws the positive of each cell of a pool.

    Nearest neighbours are those by cosine on the first ``preset.components`` principal components
    of standardised expression. These are found once for a pool of at most 4,096 cells, else in each
    epoch from other 4,096 cells. Where they are keys there are ``preset.n_latent`` of them, found
    once for the whole training. Neighbours are searched within random groups of at most
    ``preset.neighborhood`` cells, new ones in each epoch: a walk of a given length then reaches as
    far among a million cells as among thousands.

    Parameters
    ----------
    preset
        Number of components and of neighbours (with fixed keys at most a tenth of the cells), size
        of the groups, length of the walks, keys.
    shuffle
        Random numbers for the groups (CPU).
    generator
        Random numbers for the walks, on the device that trains.

    Attributes
    ----------
    positives
        Row number of the positive of each cell of the pool (int64).
    keys
        Whitened scores of each cell of the pool (cells x ``preset.n_latent``), where they are keys.
        With batches those of cells moved by :func:`.batches.moved`.
    scales
        Standard deviations of the components, that of the first one being 1 (``preset.n_latent``),
        where they are keys, else None.
    components
        The principal components, once there are some.
    walked_by
        What takes the walks, and why, in words; None where there are no walks.
    """

    def __init__(self, preset: Preset, shuffle: torch.Generator, generator: torch.Generator):
        self.preset, self.shuffle, self.generator = preset, shuffle, generator
        self.pool = self.positives = self.scores = self.keys = self.scales = None
        self.components = None
        self.fixed = preset.keys == "components"
        self.kernel = self.walked_by = None
        if preset.neighbors:
            self.kernel, self.walked_by = walks_kernel(generator.device)

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
        if new or (groups > 1 and cells > SAMPLE and not self.fixed):
            self._score(pool, batches)
        if not self.preset.neighbors:
            self._use_as_keys(self.scores)
            self.positives = torch.arange(cells, device=pool.device)
            return
        if new or groups > 1:
            order = self._order(cells) if groups > 1 else torch.arange(cells)
            parts = order.to(pool.device).tensor_split(groups)
            others = min(map(len, parts)) - 1
            neighbors = min(self.preset.neighbors, others)
            if self.fixed:  # a mean over more than its kind would hide a small type
                neighbors = min(neighbors, max(others // 10, LEAST_NEIGHBORS))
            scores, searched = self.scores, self.preset.components
            if batches is None:
                self.graph = shared_graph(normalize(scores[:, :searched]), parts, neighbors)
            else:
                scores = moved(scores, parts, batches, searched)
                unit = normalize(scores[:, :searched])
                self.graph = joined_graph(unit, parts, batches, neighbors)
            if self.fixed:
                self._use_as_keys(scores)
            self.length = self.preset.walk_length
            if self.preset.min_communities:
                communities = self.preset.min_communities * groups
                self.length = informative_length(self.graph, self.length, communities, self.kernel)
        ends = walk(self.graph, self.length, self.generator, self.kernel)
        self.positives = _kept(self.positives, ends)

    def _score(self, pool: Tensor, batches: Tensor | None) -> None:
        """Compute the scores of a pool's cells, on components that are found now or fixed."""
        if not self.fixed:
            chosen = self._choose(len(pool))
            self.components = find_components(pool, chosen, self.preset.components, batches)
        elif self.components is None:
            self.components = find_components(pool, spread(pool), self.preset.n_latent, batches)
        self.scores = self.components.scores(pool, batches)

    def _use_as_keys(self, scores: Tensor) -> None:
        """Set keys, scores by their deviations, and scales; missing components get zeros."""
        deviation = self.components.deviation
        missing = 0, self.preset.n_latent - len(deviation)
        # Of as many components as cells the last one has no deviation but that of rounding.
        real = deviation > 1e-5 * deviation.max()
        keys = pad(scores * torch.where(real, 1 / deviation, 0.0), missing)
        self.keys = _kept(self.keys, keys)
        self.scales = _kept(self.scales, pad(deviation / deviation.max().clamp_min(1e-30), missing))

    def finished(self, encoder: nn.Sequential) -> nn.Sequential:
        """Return an encoder that was trained on fixed keys with outputs in units of scores."""
        weight, bias = self.components.linear()
        missing = self.preset.n_latent - len(bias)
        return with_scores(
            encoder,
            pad(weight, (0, 0, 0, missing)),
            pad(bias, (0, missing)),
            self.components.limit(),
            pad(self.components.deviation, (0, missing)),
            self.preset.own_share,
        )

    def state(self) -> dict[str, Tensor]:
        """Return what :meth:`restore` needs: components that are fixed once they are found."""
        return dict(self.components._asdict()) if self.fixed else {}

    def restore(self, tensors: dict[str, Tensor]) -> None:
        """Restore an earlier :meth:`state`."""
        if self.fixed:
            self.components = Components(
                **{k: v.to(self.generator.device) for k, v in tensors.items()}
            )

    def _choose(self, cells: int) -> Tensor:
        """Draw the cells from which the components are computed."""
        return torch.arange(cells) if cells <= SAMPLE else self._order(cells)[:SAMPLE]

    def _order(self, cells: int) -> Tensor:
        return torch.randperm(cells, generator=self.shuffle)


def _kept(old: Tensor | None, new: Tensor) -> Tensor:
    """Return new values, at the old address where they fit: a CUDA graph has recorded it."""
    if old is None or old.shape != new.shape:
        return new
    return old.copy_(new)
