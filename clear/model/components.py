"""Principal components of standardised expression: where neighbours are sought, and fixed keys."""

from typing import NamedTuple

import torch
from torch import Tensor

from clear.model.subspace import leading

# Cells from which means, standard deviations and components are computed.
SAMPLE = 4096
MAX_STANDARDISED = 10.0


class Components(NamedTuple):
    """Principal components, to project cells on.

    Attributes
    ----------
    mean, scale
        Of each gene in each batch, and in the last row among all cells (batches + 1 x genes), for
        batches of which no cell was chosen, and where there are none: genes are centred, multiplied
        by ``scale`` (1 / standard deviation, 0 where it never varies) and clipped at 10.
    offset
        Mean of that over all cells (genes): clipping moves it away from 0.
    basis
        Genes x components.
    deviation
        Standard deviation of the scores on each component.
    """

    mean: Tensor
    scale: Tensor
    offset: Tensor
    basis: Tensor
    deviation: Tensor

    def scores(self, pool: Tensor, batches: Tensor | None = None) -> Tensor:
        """Return the scores of all cells of a pool (cells x components).

        ``batches`` numbers the batch of each cell (int64); ``None``: they have none.
        """
        rows = torch.arange(len(pool), device=pool.device)
        # Small results allocated between large blocks would keep the heap from shrinking: at 2,000
        # genes the blocks are below the size from which malloc gives memory back at once.
        scores = torch.empty(len(pool), self.basis.shape[1], device=pool.device)
        for part in rows.split(SAMPLE):
            values = self.standardised(pool, part, batches)
            scores[part] = values.sub_(self.offset) @ self.basis
        return scores

    def linear(self) -> tuple[Tensor, Tensor]:
        """Return weight and bias of the scores without clipping, of cells without a batch."""
        weight = (self.scale[-1][:, None] * self.basis).T
        return weight, -(weight @ self.mean[-1]) - self.offset @ self.basis

    def limit(self) -> Tensor:
        """Return the expression of each gene at which it is clipped, in cells without a batch."""
        scale = self.scale[-1]
        return torch.where(scale > 0, self.mean[-1] + MAX_STANDARDISED / scale, torch.inf)

    def standardised(self, pool: Tensor, rows: Tensor, batches: Tensor | None = None) -> Tensor:
        """Return standardised expression of some rows of a pool."""
        of = -1 if batches is None else batches[rows].clamp(max=len(self.mean) - 1)
        return pool[rows].sub_(self.mean[of]).mul_(self.scale[of]).clamp_(max=MAX_STANDARDISED)


def find_components(
    pool: Tensor, chosen: Tensor, number: int, batches: Tensor | None = None
) -> Components:
    """Find the principal components of standardised expression.

    Parameters
    ----------
    pool
        Cells x genes.
    chosen
        Rows from which means, standard deviations and components are computed.
    number
        How many components, at most as many as chosen cells or genes.
    batches
        Batch of each cell, numbered from 0 (int64): genes are standardised within each. A batch of
        which no cell was chosen is standardised as all cells are. ``None``: there are none.
    """
    chosen = chosen.to(pool.device)
    number_of_batches = 0 if batches is None else int(batches.max()) + 1
    mean, scale = (moment.repeat(number_of_batches + 1, 1) for moment in _moments(pool[chosen]))
    for batch in [] if batches is None else batches[chosen].unique().tolist():
        mean[batch], scale[batch] = _moments(pool[chosen[batches[chosen] == batch]])

    empty = pool.new_zeros(0)
    some = Components(mean, scale, empty, empty, empty).standardised(pool, chosen, batches)
    offset = some.mean(dim=0)
    some -= offset
    basis, values = leading(some, number)
    # The sign of a component is arbitrary, and rounding by other threads would change it.
    largest = basis.gather(0, basis.abs().argmax(dim=0, keepdim=True))
    deviation = values / len(chosen) ** 0.5
    return Components(mean, scale, offset, basis * largest.sign(), deviation)


def spread(pool: Tensor) -> Tensor:
    """Return at most ``SAMPLE`` rows, evenly spread: files are often sorted by sample or type."""
    return torch.arange(0, len(pool), -(-len(pool) // SAMPLE))


def _moments(profiles: Tensor) -> tuple[Tensor, Tensor]:
    """Return mean and scale of each gene: 1 / standard deviation, 0 where it never varies."""
    deviation = profiles.std(dim=0, correction=0)
    return profiles.mean(dim=0), torch.where(deviation > 0, 1 / deviation, 0.0)
