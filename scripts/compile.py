"""Compile what Numba else compiles in the first training and the first UMAP (make env)."""

import numpy as np
import torch

from clear.benchmark.tasks.projection import project
from clear.fast.augment_cpu import CpuAugmenter
from clear.presets import RECOMMENDED

for dtype in (torch.float32, torch.bfloat16):
    CpuAugmenter(RECOMMENDED)(torch.zeros(2, 4), torch.arange(2), 0, dtype)
project(np.random.default_rng(0).random((20, 3), np.float32), 5)
