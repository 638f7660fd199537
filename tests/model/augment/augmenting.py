"""Augmenters on a pool in which every value tells its cell and its gene."""

import dataclasses

import torch

from clear.model.augment import Augmenter
from clear.presets import PAPER

tested = Augmenter  # in whose place the fixture `implementation` may put OnGpu
STEPS = ("mask", "noise", "swap", "crossover", "crossover_many")
CELLS, GENES, COPIES = 40, 300, 100


def origin(values):
    """Cell and gene that the values of ``pool`` come from."""
    code = values.long() - 1
    return code // GENES, code % GENES


class OnGpu:
    """An augmenter on a GPU that takes and gives tensors on the CPU, as the tests do."""

    def __init__(self, preset, generator, dtype):
        generator = torch.Generator("cuda").manual_seed(generator.initial_seed())
        self.augmenter = Augmenter(preset, generator, dtype)
        self.start_epoch = self.augmenter.start_epoch

    def use(self, pool):  # noqa: D102
        self.pool = pool
        self.augmenter.use(pool.cuda())
        self.own = self.augmenter.pool.clone()

    def __call__(self, cells):  # noqa: D102
        copies = self.augmenter(cells.cuda()).cpu()
        assert torch.equal(self.augmenter.pool, self.own)  # which is only read
        return copies

    def pair(self, cells, positives):  # noqa: D102
        return self.augmenter.pair(cells.cuda(), positives.cuda()).cpu()

    @property
    def dtype(self):  # noqa: D102
        return self.augmenter.dtype

    @dtype.setter
    def dtype(self, dtype):
        self.augmenter.dtype = dtype


def using(pool, preset, seed=0, dtype=torch.float32):
    made = tested(preset, torch.Generator().manual_seed(seed), dtype)
    made.use(pool)
    return made


def augmenter(pool, seed=0, probability=1.0, **settings):
    """An augmenter that executes only the steps named in ``settings``."""
    off = {f"{step}_probability": 0.0 for step in STEPS}
    on = {f"{step}_probability": probability for step in settings.pop("steps")}
    preset = dataclasses.replace(PAPER, **{**off, **on, **settings})
    return using(pool, preset, seed)


def all_cells():
    """Every cell many times, so that shares are measured on 1.2 million values."""
    return torch.arange(CELLS).repeat(COPIES)


def everyone(cells):
    """A step that is executed for all cells."""
    return torch.ones(len(cells), 1, dtype=torch.bool)


def close(value, expected, draws):
    """Within five standard errors of a share."""
    return abs(float(value) - expected) < 5 * (expected * (1 - expected) / draws) ** 0.5
