"""The paper's five augmentations ("Data augmentation") in PyTorch, on any device.

Masking, noise and both crossovers decide for each gene independently, with the fraction as its
probability (Bernoulli), so the share of changed genes is exact only in expectation. Swapping
needs distinct genes in pairs and moves an exact number of them: the even number nearest to the
fraction. Presets can ask for what the paper's public code does instead.
"""

import torch
from torch import Tensor

from clear.presets import Preset


class TorchAugmenter:
    """Augments minibatches step by step, in the paper's order.

    Mask, noise, swap, crossover with one cell, crossover with many cells; whether a step is
    executed is decided independently for each cell. On a GPU random numbers are drawn for all
    cells, and discarded for the cells that skip a step: no shape then depends on random numbers,
    and nothing synchronises with the device. ``crossover_writes_back`` cannot do without.
    """

    def __init__(self, preset: Preset, generator: torch.Generator):
        self.preset = preset
        self.generator = generator
        self.may_synchronise = _may_synchronise(preset, generator.device)
        self.steps = (
            (preset.mask_probability, self.mask),
            (preset.noise_probability, self.noise),
            (preset.swap_probability, self.swap),
            (preset.crossover_probability, self.crossover),
            (preset.crossover_many_probability, self.crossover_many),
        )

    def use(self, pool: Tensor) -> None:
        """Take cells and donors from ``pool`` (cells x genes), which is never changed."""
        self.pool = pool
        # Crossovers take genes from here; they need a copy only where they write back.
        self.donors = pool.clone() if self.preset.crossover_writes_back else pool

    def __call__(self, cells: Tensor) -> Tensor:
        """Return one augmented copy (float32) of each of these rows of the pool."""
        profiles = self.pool[cells]
        for probability, step in self.steps:
            executed = self._uniform((len(cells), 1)) < probability
            if self.may_synchronise:
                rows = executed.squeeze(1).nonzero().squeeze(1)
                if len(rows):
                    profiles[rows] = step(profiles[rows], cells[rows], executed[rows])
            else:
                profiles = step(profiles, cells, executed)
        return profiles

    # Each step takes the profiles, their cells, and for which of them it is executed
    # (cells x 1, bool).

    def mask(self, profiles: Tensor, cells: Tensor, executed: Tensor) -> Tensor:
        """Step i: set genes to zero."""
        return profiles.masked_fill(self._hit(executed, self.preset.mask_fraction), 0.0)

    def noise(self, profiles: Tensor, cells: Tensor, executed: Tensor) -> Tensor:
        """Step ii: add Gaussian noise with mean 0."""
        change = torch.randn(
            profiles.shape, generator=self.generator, device=profiles.device, dtype=profiles.dtype
        )
        hit = self._hit(executed, self.preset.noise_fraction)
        return torch.where(hit, profiles + self.preset.noise_sd * change, profiles)

    def swap(self, profiles: Tensor, cells: Tensor, executed: Tensor) -> Tensor:
        """Step iii: exchange the values of genes in pairs, within a cell."""
        if self.preset.swap_with_replacement:
            return torch.where(executed, self._swap_with_replacement(profiles), profiles)
        pairs = self.preset.swapped_pairs(profiles.shape[1])
        # Ranking uniform numbers gives a random order of distinct genes.
        genes = self._uniform(profiles.shape).topk(2 * pairs, dim=1).indices
        partners = torch.where(executed, genes.roll(pairs, dims=1), genes)
        return profiles.scatter(1, genes, profiles.gather(1, partners))

    def _swap_with_replacement(self, profiles: Tensor) -> Tensor:
        cells, genes = profiles.shape
        shape = 2, cells, int(self.preset.swap_fraction * genes / 2)
        first, second = torch.randint(
            genes, shape, generator=self.generator, device=profiles.device
        )
        changed = _write(profiles, first, profiles.gather(1, second))
        return _write(changed, second, profiles.gather(1, first))

    def crossover(self, profiles: Tensor, cells: Tensor, executed: Tensor) -> Tensor:
        """Step iv: take genes from one other cell."""
        hit = self._hit(executed, self.preset.crossover_fraction)
        donors = self._others(cells)
        if self.preset.crossover_writes_back:
            return self._exchange(profiles, hit, donors)
        return torch.where(hit, self.donors[donors], profiles)

    def _exchange(self, profiles: Tensor, hit: Tensor, donors: Tensor) -> Tensor:
        """Exchange genes with donors, as if one profile after the other did.

        Profiles with different donors do not affect each other. So the first profile of every
        donor is done at once, then the second one of every donor, and so on.
        """
        order = donors.argsort(stable=True)
        ahead = torch.arange(len(donors), device=donors.device)
        ahead = ahead - torch.searchsorted(donors[order], donors[order])
        turns = torch.empty_like(ahead).scatter_(0, order, ahead)
        changed = profiles.clone()
        for turn in range(int(turns.max()) + 1):
            rows = (turns == turn).nonzero().squeeze(1)
            theirs = self.donors[donors[rows]]
            self.donors[donors[rows]] = torch.where(hit[rows], profiles[rows], theirs)
            changed[rows] = torch.where(hit[rows], theirs, profiles[rows])
        return changed

    def crossover_many(self, profiles: Tensor, cells: Tensor, executed: Tensor) -> Tensor:
        """Step v: take genes from other cells, with a new donor for each gene.

        The paper says "several cells" without a number.
        """
        hit = self._hit(executed, self.preset.crossover_many_fraction)
        donors = self._others(cells[:, None].expand(hit.shape))
        genes = torch.arange(hit.shape[1], device=hit.device)
        return torch.where(hit, self.donors[donors, genes], profiles)

    def _hit(self, executed: Tensor, fraction: float) -> Tensor:
        """Draw the genes that a step changes (cells x genes, bool)."""
        uniform = self._uniform((len(executed), self.pool.shape[1]))
        if not self.preset.exact_fractions:
            return (uniform < fraction) & executed
        genes = uniform.topk(int(fraction * uniform.shape[1]), dim=1).indices
        return torch.zeros_like(uniform, dtype=torch.bool).scatter_(
            1, genes, executed.expand(genes.shape)
        )

    def _others(self, cells: Tensor) -> Tensor:
        """Draw a donor for each cell, uniformly from the cells of the pool.

        The donor's own number is drawn, not its distance from the cell. Where random numbers are
        repeated, a place in the minibatch then has the same donor in all epochs, as in the
        released code, whichever cell comes there.
        """
        own = self.preset.own_donor
        donors = torch.randint(
            len(self.pool) - 1 + own, cells.shape, generator=self.generator, device=cells.device
        )
        return donors if own else donors + (donors >= cells)

    def _uniform(self, shape) -> Tensor:
        return torch.rand(shape, generator=self.generator, device=self.generator.device)


def _write(profiles: Tensor, genes: Tensor, values: Tensor) -> Tensor:
    """Write values into genes (both cells x number) as a loop would: the last one of a gene stays.

    ``scatter`` does not say which of several values stays; on a GPU it differs from call to call.
    """
    if not genes.shape[1]:
        return profiles
    number = torch.arange(genes.shape[1], device=genes.device).expand_as(genes)
    last = torch.full_like(profiles, -1, dtype=torch.int64)
    last = last.scatter_reduce(1, genes, number, "amax")
    return torch.where(last < 0, profiles, values.gather(1, last.clamp(min=0)))


def _may_synchronise(preset: Preset, device: torch.device) -> bool:
    """Return whether steps may look at random numbers: where it is free or cannot be avoided."""
    return device.type == "cpu" or preset.crossover_writes_back
