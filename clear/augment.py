"""The paper's five augmentations ("Data augmentation"), on whole minibatches.

Fractions: masking, noise and both crossovers decide gene by gene with the given probability
(Bernoulli), so that the share is exact in expectation only. Swapping needs distinct genes in
pairs and moves an exact number of them: the even number nearest to the fraction.
"""

from functools import partial

import torch
from torch import Tensor

from clear.presets import Preset


class Augmenter:
    """Makes distorted copies of cells.

    The steps are taken in the paper's order: mask, noise, swap, crossover with one cell,
    crossover with many cells. For each cell and step a coin of its own decides whether the
    step is executed.

    Parameters
    ----------
    pool
        All cells (cells x genes, log-normalised) on the device that does the work. It is
        read only: an exchange with another cell never shows in later minibatches.
    preset
        Fractions and probabilities.
    generator
        Source of all random numbers, on the pool's device.
    """

    def __init__(self, pool: Tensor, preset: Preset, generator: torch.Generator):
        self.pool = pool
        self.generator = generator
        self.steps = (
            (preset.mask_probability, partial(self.mask, fraction=preset.mask_fraction)),
            (
                preset.noise_probability,
                partial(self.noise, fraction=preset.noise_fraction, sd=preset.noise_sd),
            ),
            (preset.swap_probability, partial(self.swap, fraction=preset.swap_fraction)),
            (
                preset.crossover_probability,
                partial(self.crossover, fraction=preset.crossover_fraction),
            ),
            (
                preset.crossover_many_probability,
                partial(self.crossover_many, fraction=preset.crossover_many_fraction),
            ),
        )

    def __call__(self, cells: Tensor) -> Tensor:
        """Return one distorted copy of each cell.

        Parameters
        ----------
        cells
            Row numbers in the pool (int64).

        Returns
        -------
        Tensor
            Profiles (len(cells) x genes), a tensor of its own.
        """
        profiles = self.pool[cells]
        for probability, step in self.steps:
            rows = (self._uniform(len(cells)) < probability).nonzero().squeeze(1)
            if len(rows):
                profiles[rows] = step(profiles[rows], cells[rows])
        return profiles

    def mask(self, profiles: Tensor, cells: Tensor, fraction: float) -> Tensor:
        """Step i: set genes to zero."""
        return profiles.masked_fill(self._uniform(profiles.shape) < fraction, 0.0)

    def noise(self, profiles: Tensor, cells: Tensor, fraction: float, sd: float) -> Tensor:
        """Step ii: add numbers from a normal distribution with mean 0."""
        change = torch.randn(
            profiles.shape, generator=self.generator, device=profiles.device, dtype=profiles.dtype
        )
        return profiles + change * (sd * (self._uniform(profiles.shape) < fraction))

    def swap(self, profiles: Tensor, cells: Tensor, fraction: float) -> Tensor:
        """Step iii: exchange the values of genes in pairs, within a cell."""
        pairs = round(fraction * profiles.shape[1] / 2)
        # The ranks of uniform numbers are a random order of distinct genes.
        genes = self._uniform(profiles.shape).topk(2 * pairs, dim=1).indices
        partners = genes.roll(pairs, dims=1)
        return profiles.scatter(1, genes, profiles.gather(1, partners))

    def crossover(self, profiles: Tensor, cells: Tensor, fraction: float) -> Tensor:
        """Step iv: take genes from one other cell."""
        hit = self._uniform(profiles.shape) < fraction
        return torch.where(hit, self.pool[self._others(cells)], profiles)

    def crossover_many(self, profiles: Tensor, cells: Tensor, fraction: float) -> Tensor:
        """Step v: take genes from other cells, a cell drawn anew for each gene.

        The paper says "several cells" without a number.
        """
        rows, genes = (self._uniform(profiles.shape) < fraction).nonzero(as_tuple=True)
        return profiles.index_put((rows, genes), self.pool[self._others(cells[rows]), genes])

    def _others(self, cells: Tensor) -> Tensor:
        """Draw for each cell one of the other cells of the pool, all equally likely."""
        steps = torch.randint(
            1, len(self.pool), cells.shape, generator=self.generator, device=cells.device
        )
        return (cells + steps) % len(self.pool)

    def _uniform(self, shape) -> Tensor:
        return torch.rand(shape, generator=self.generator, device=self.pool.device)
