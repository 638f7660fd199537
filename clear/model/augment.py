"""Augmentation of whole minibatches ("Data augmentation"), by the fastest code that can do it."""

import logging

import torch
from torch import Tensor

from clear.model.augment_torch import TorchAugmenter
from clear.presets import Preset

log = logging.getLogger("clear")


class Augmenter:
    """Makes augmented copies of cells.

    On the CPU, Numba kernels do it (:mod:`clear.fast.augment_cpu`) where Numba can be used and
    there are kernels for the preset's steps. Everywhere else PyTorch does
    (:mod:`clear.model.augment_torch`). Both sample the same distribution, but not the same numbers
    for a seed.

    Parameters
    ----------
    preset
        Fractions, probabilities and switches of the steps.
    generator
        Source of all random numbers, on the device that trains.
    dtype
        Of the copies: float32, or bfloat16 where matrix products are, rounded once after the
        last step.
    """

    def __init__(
        self, preset: Preset, generator: torch.Generator, dtype: torch.dtype = torch.float32
    ):
        self.preset = preset
        self.generator = generator
        self.dtype = dtype
        self.first_numbers = generator.get_state()
        self.compiled = _compiled(preset) if generator.device.type == "cpu" else None
        self.steps = TorchAugmenter(preset, generator)

    def start_epoch(self) -> None:
        """Reset the random numbers where the preset repeats them in each epoch."""
        if self.preset.repeat_augmentations:
            self.generator.set_state(self.first_numbers)

    def use(self, pool: Tensor) -> None:
        """Take cells and donors from ``pool`` (cells x genes, log-normalised; read only)."""
        self.pool = pool
        self.steps.use(pool)

    def __call__(self, cells: Tensor) -> Tensor:
        """Return one augmented copy of each of these rows (int64) of the pool.

        Returns
        -------
        Tensor
            Profiles (len(cells) x genes), a new tensor.
        """
        if self.compiled:
            # One number of the generator, whose state is stored with a training, seeds the call.
            key = int(torch.randint(2**63 - 1, (), generator=self.generator))
            return self.compiled(self.pool, cells, key, self.dtype)
        return self.steps(cells).to(self.dtype)

    def pair(self, cells: Tensor, positives: Tensor) -> Tensor:
        """Return augmented copies of cells and of their positives: rows i and i + len(cells)."""
        if self.preset.crossover_writes_back:  # all first copies before all second ones
            return torch.cat([self(cells), self(positives)])
        return self(torch.cat([cells, positives]))


def _compiled(preset: Preset):
    """Return the augmentations as Numba kernels, or None where PyTorch has to do them."""
    try:
        from clear.fast.augment_cpu import CpuAugmenter
    except (ImportError, RuntimeError) as error:  # RuntimeError: no folder for compiled code
        log.info("Numba cannot be used: augmentations take several times as long (%s).", error)
        return None
    return CpuAugmenter(preset) if CpuAugmenter.supports(preset) else None
