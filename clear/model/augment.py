"""Augmentation of whole minibatches ("Data augmentation"), by the fastest code that can do it."""

import logging

import torch
from torch import Tensor

from clear.errors import one_line
from clear.model.augment_torch import TorchAugmenter
from clear.presets import Preset

log = logging.getLogger("clear")

# Settings of the released code for which there is no kernel.
WITHOUT_KERNEL = ("exact_fractions", "swap_with_replacement", "crossover_writes_back")


class Augmenter:
    """Makes augmented copies of cells.

    Kernels do it where there are kernels for the preset's steps: on the CPU those of Numba
    (:mod:`clear.fast.augment_cpu`), on a GPU that of Triton (:mod:`clear.fast.augment_cuda`).
    Everywhere else PyTorch does (:mod:`clear.model.augment_torch`). All sample the same
    distribution, but not the same numbers for a seed.

    Parameters
    ----------
    preset
        Fractions, probabilities and switches of the steps.
    generator
        Source of all random numbers, on the device that trains.
    dtype
        Of the copies: float32, or bfloat16 where matrix products are, rounded once after the
        last step.

    Attributes
    ----------
    done_by
        What makes the copies, and why, in words.
    """

    def __init__(
        self, preset: Preset, generator: torch.Generator, dtype: torch.dtype = torch.float32
    ):
        self.preset = preset
        self.generator = generator
        self.dtype = dtype
        self.first_numbers = generator.get_state()
        self.compiled, self.done_by = _compiled(preset, generator.device, dtype)
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
            device = self.generator.device
            key = torch.randint(2**63 - 1, (), generator=self.generator, device=device)
            return self.compiled(self.pool, cells, key, self.dtype)
        return self.steps(cells).to(self.dtype)

    def pair(self, cells: Tensor, positives: Tensor) -> Tensor:
        """Return augmented copies of cells and of their positives: rows i and i + len(cells)."""
        if self.preset.crossover_writes_back:  # all first copies before all second ones
            return torch.cat([self(cells), self(positives)])
        return self(torch.cat([cells, positives]))


def _compiled(preset: Preset, device: torch.device, dtype: torch.dtype) -> tuple:
    """Return the augmentations as kernels, or None where PyTorch has to do them; and in words."""
    unlike = [setting for setting in WITHOUT_KERNEL if getattr(preset, setting)]
    if unlike:
        return None, f"PyTorch (there is no kernel for {', '.join(unlike)})"
    on_cuda = device.type == "cuda"
    name = "Triton" if on_cuda else "Numba"
    try:
        if on_cuda:
            from clear.fast.augment_cuda import CudaAugmenter

            return CudaAugmenter(preset, device, dtype), "Triton kernel"
        from clear.fast.augment_cpu import CpuAugmenter

        return CpuAugmenter(preset), "Numba kernels"
    except (ImportError, RuntimeError) as error:  # RuntimeError: code cannot be compiled or kept
        why = f"{name} cannot be used: {one_line(error)}"
        log.info("%s. Augmentations take several times as long.", why)
        return None, f"PyTorch ({why})"
