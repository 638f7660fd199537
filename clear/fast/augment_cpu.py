"""The paper's augmentations on the CPU: tensors in and out, the minibatch split among threads.

The work itself is done by the kernels that Numba compiles (:mod:`clear.fast.kernels`).
"""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from clear.fast.kernels import distort
from clear.presets import Preset

LEVELS = 2**16  # values of a 16-bit random number


class CpuAugmenter:
    """Augments minibatches with the paper's five steps."""

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

    def __call__(self, pool: Tensor, cells: Tensor, key: Tensor, dtype: torch.dtype) -> Tensor:
        """Return one augmented copy of each cell.

        Parameters
        ----------
        pool
            Cells x genes, float32.
        cells
            Row numbers in the pool (int64).
        key
            Seed of all random numbers of this call (int64).
        dtype
            Of the copies: float32 or bfloat16.

        Returns
        -------
        Tensor
            len(cells) x genes.
        """
        genes = pool.shape[1]
        copies = torch.empty(len(cells), genes, dtype=dtype)
        narrow = dtype == torch.bfloat16
        settings = (
            np.uint64(int(key)),
            self.coins,
            self.thresholds,
            self.preset.swapped_pairs(genes),
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
    """Return two lookup tables that turn a uniform 16-bit number into another distribution.

    Returns
    -------
    ndarray
        Noise (step ii), float32: quantiles of the normal distribution.
    ndarray
        Number of genes to skip until the next one that changes (step v), int64: quantiles of the
        geometric distribution. Random numbers are then needed for the changed genes only.
    """
    uniform = (torch.arange(LEVELS, dtype=torch.float64) + 0.5) / LEVELS
    noise = torch.special.ndtri(uniform) * preset.noise_sd
    missed = torch.tensor(1 - preset.crossover_many_fraction, dtype=torch.float64)
    # With a fraction of 0 the gap is infinite: cap it beyond any gene, below an overflow.
    gaps = (uniform.log().abs() / missed.log().abs()).floor().clamp(0, 2**40)
    return noise.float().numpy(), gaps.long().numpy()
