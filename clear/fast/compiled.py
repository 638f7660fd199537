"""The compiled augmentations (:mod:`clear.fast.kernels`) for tensors, on all threads of PyTorch."""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from clear.fast.kernels import distort
from clear.model.augment import swapped_pairs
from clear.presets import Preset

UNKNOWN = ("exact_fractions", "swap_with_replacement", "crossover_writes_back")
LEVELS = 2**16


class Compiled:
    """Makes distorted copies of cells with the paper's steps.

    Parameters
    ----------
    preset
        Fractions and probabilities; one that :meth:`knows` accepts.
    """

    def __init__(self, preset: Preset):
        self.preset = preset
        self.noise, self.gaps = tables(preset)
        self.coins = np.array(
            [
                preset.mask_probability,
                preset.noise_probability,
                preset.swap_probability,
                preset.crossover_probability,
                preset.crossover_many_probability,
            ],
            dtype=np.float64,
        )
        fractions = preset.mask_fraction, preset.noise_fraction, preset.crossover_fraction
        self.thresholds = np.array([round(fraction * LEVELS) for fraction in fractions])
        self.helpers = ThreadPoolExecutor(thread_name_prefix="augment")

    @staticmethod
    def knows(preset: Preset) -> bool:
        """Tell whether the steps of the preset are the compiled ones."""
        return not any(getattr(preset, switch) for switch in UNKNOWN)

    def __call__(self, pool: Tensor, cells: Tensor, key: int, dtype: torch.dtype) -> Tensor:
        """Return one distorted copy of each cell.

        Parameters
        ----------
        pool
            Cells x genes, float32.
        cells
            Row numbers in the pool (int64).
        key
            Decides all random numbers.
        dtype
            Of the copies: float32 or bfloat16.
        """
        genes = pool.shape[1]
        copies = torch.empty(len(cells), genes, dtype=dtype)
        narrow = dtype == torch.bfloat16
        settings = (
            np.uint64(key),
            self.coins,
            self.thresholds,
            swapped_pairs(self.preset.swap_fraction, genes),
            int(self.preset.own_donor),
            self.noise,
            self.gaps,
            None if narrow else copies.numpy(),
            copies.view(torch.uint16).numpy() if narrow else None,
        )
        pool, cells = pool.contiguous().numpy(), cells.contiguous().numpy()
        threads = min(torch.get_num_threads(), len(cells))
        ends = [len(cells) * part // threads for part in range(threads + 1)]
        others = [
            self.helpers.submit(distort, pool, cells, first, last, *settings)
            for first, last in pairwise(ends[1:])
        ]
        distort(pool, cells, 0, ends[1], *settings)
        for other in others:
            other.result()
        return copies


def tables(preset: Preset) -> tuple[np.ndarray, np.ndarray]:
    """Return what a 16-bit number stands for.

    Returns
    -------
    ndarray
        The noise (step ii), float32.
    ndarray
        How many genes to pass over until the next one that is hit (step v), int64: geometric,
        so that it takes random numbers for the genes that are hit only.
    """
    uniform = (torch.arange(LEVELS, dtype=torch.float64) + 0.5) / LEVELS
    noise = torch.special.ndtri(uniform) * preset.noise_sd
    missed = torch.tensor(1 - preset.crossover_many_fraction, dtype=torch.float64)
    # Far enough beyond the last gene where none is to be hit, and no overflow.
    gaps = (uniform.log().abs() / missed.log().abs()).floor().clamp(0, 2**40)
    return noise.float().numpy(), gaps.long().numpy()
