"""The paper's five augmentations ("Data augmentation"), on whole minibatches.

Fractions: masking, noise and both crossovers decide gene by gene with the given probability
(Bernoulli), so that the share is exact in expectation only. Swapping needs distinct genes in
pairs and moves an exact number of them: the even number nearest to the fraction. The preset
can ask for the habits of the paper's public code instead.
"""

import logging
from functools import partial

import torch
from torch import Tensor

from clear.presets import Preset

log = logging.getLogger("clear")


class Augmenter:
    """Makes distorted copies of cells.

    The steps are taken in the paper's order: mask, noise, swap, crossover with one cell,
    crossover with many cells. For each cell and step a coin of its own decides whether the
    step is executed.

    There are two ways to the same distribution, with different numbers for a seed. On the CPU
    Numba does it (:mod:`clear.fast.kernels`) where it is installed and the preset has the paper's
    steps. Else PyTorch does it. On a GPU it then draws numbers for all cells and drops those of
    steps that a cell skips, so that no shape depends on what is drawn and nothing waits for the
    device; only ``crossover_writes_back`` cannot do without.

    Parameters
    ----------
    preset
        Fractions, probabilities and switches.
    generator
        Source of all random numbers, on the device that does the work.
    dtype
        Of the copies: float32, or bfloat16 for matrix products in that precision, rounded
        once, after the last step.
    """

    def __init__(
        self, preset: Preset, generator: torch.Generator, dtype: torch.dtype = torch.float32
    ):
        self.preset = preset
        self.generator = generator
        self.dtype = dtype
        self.first_numbers = generator.get_state()
        self.compiled = _compiled(preset) if generator.device.type == "cpu" else None
        self.may_wait = _may_wait(preset, generator.device)
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

    def start_epoch(self) -> None:
        """Start the random numbers anew, where the preset repeats them in each epoch."""
        if self.preset.repeat_augmentations:
            self.generator.set_state(self.first_numbers)

    def use(self, pool: Tensor) -> None:
        """Take cells, and the other cells of crossovers, from ``pool`` from now on.

        Parameters
        ----------
        pool
            Cells x genes, log-normalised, on the device that does the work; read only.
        """
        self.pool = pool
        # Where crossovers take genes from: the pool itself as long as they only take.
        self.donors = pool.clone() if self.preset.crossover_writes_back else pool

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
        if self.compiled:
            # The generator, which is stored with a training, decides every number.
            key = int(torch.randint(2**63 - 1, (), generator=self.generator))
            return self.compiled(self.pool, cells, key, self.dtype)
        profiles = self.pool[cells]
        for probability, step in self.steps:
            executed = self._uniform((len(cells), 1)) < probability
            if self.may_wait:
                rows = executed.squeeze(1).nonzero().squeeze(1)
                if len(rows):
                    profiles[rows] = step(profiles[rows], cells[rows], executed[rows])
            else:
                profiles = step(profiles, cells, executed)
        return profiles.to(self.dtype)

    def pair(self, cells: Tensor, positives: Tensor) -> Tensor:
        """Return distorted copies of cells and of their positives: rows i and i + len(cells)."""
        if self.preset.crossover_writes_back:  # all first copies before all second ones
            return torch.cat([self(cells), self(positives)])
        return self(torch.cat([cells, positives]))

    # Each step takes the profiles, their cells, and for whom it is executed (cells x 1, bool).

    def mask(self, profiles: Tensor, cells: Tensor, executed: Tensor, fraction: float) -> Tensor:
        """Step i: set genes to zero."""
        return profiles.masked_fill(self._hit(executed, fraction), 0.0)

    def noise(
        self, profiles: Tensor, cells: Tensor, executed: Tensor, fraction: float, sd: float
    ) -> Tensor:
        """Step ii: add numbers from a normal distribution with mean 0."""
        change = torch.randn(
            profiles.shape, generator=self.generator, device=profiles.device, dtype=profiles.dtype
        )
        return torch.where(self._hit(executed, fraction), profiles + sd * change, profiles)

    def swap(self, profiles: Tensor, cells: Tensor, executed: Tensor, fraction: float) -> Tensor:
        """Step iii: exchange the values of genes in pairs, within a cell."""
        if self.preset.swap_with_replacement:
            changed = self._swap_with_replacement(profiles, fraction)
            return torch.where(executed, changed, profiles)
        pairs = swapped_pairs(fraction, profiles.shape[1])
        # The ranks of uniform numbers are a random order of distinct genes.
        genes = self._uniform(profiles.shape).topk(2 * pairs, dim=1).indices
        partners = torch.where(executed, genes.roll(pairs, dims=1), genes)
        return profiles.scatter(1, genes, profiles.gather(1, partners))

    def _swap_with_replacement(self, profiles: Tensor, fraction: float) -> Tensor:
        cells, genes = profiles.shape
        shape = 2, cells, int(fraction * genes / 2)
        first, second = torch.randint(
            genes, shape, generator=self.generator, device=profiles.device
        )
        changed = profiles.scatter(1, first, profiles.gather(1, second))
        return changed.scatter(1, second, profiles.gather(1, first))

    def crossover(
        self, profiles: Tensor, cells: Tensor, executed: Tensor, fraction: float
    ) -> Tensor:
        """Step iv: take genes from one other cell."""
        hit = self._hit(executed, fraction)
        donors = self._others(cells)
        if self.preset.crossover_writes_back:
            return self._exchange(profiles, hit, donors)
        return torch.where(hit, self.donors[donors], profiles)

    def _exchange(self, profiles: Tensor, hit: Tensor, donors: Tensor) -> Tensor:
        """Exchange genes with donors, one profile after the other.

        Profiles with different donors do not see each other, so all the first ones at their
        donor take their turn at once, then all the second ones, and so on.
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

    def crossover_many(
        self, profiles: Tensor, cells: Tensor, executed: Tensor, fraction: float
    ) -> Tensor:
        """Step v: take genes from other cells, a cell drawn anew for each gene.

        The paper says "several cells" without a number.
        """
        hit = self._hit(executed, fraction)
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
        """Draw for each cell one of the other cells of the pool, all equally likely."""
        steps = torch.randint(
            0 if self.preset.own_donor else 1,
            len(self.pool),
            cells.shape,
            generator=self.generator,
            device=cells.device,
        )
        return (cells + steps) % len(self.pool)

    def _uniform(self, shape) -> Tensor:
        return torch.rand(shape, generator=self.generator, device=self.generator.device)


def swapped_pairs(fraction: float, genes: int) -> int:
    """Return how many pairs of genes a swap exchanges: no gene is in two of them."""
    return min(round(fraction * genes / 2), genes // 2)


def _may_wait(preset: Preset, device: torch.device) -> bool:
    """Tell whether the steps may look at what was drawn: worth it where it costs nothing."""
    return device.type == "cpu" or preset.crossover_writes_back


def _compiled(preset: Preset):
    """Return the compiled augmentations, or None where PyTorch has to do it."""
    try:
        from clear.fast.compiled import Compiled
    except (ImportError, RuntimeError) as error:  # RuntimeError: no place for compiled code
        log.info("Numba cannot be used: augmentations take several times as long (%s).", error)
        return None
    return Compiled(preset) if Compiled.knows(preset) else None
