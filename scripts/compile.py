"""Compile what Numba else compiles in the first training and the first graph (make env)."""

import numpy as np
import torch

from clear.clusters import neighbour_graph
from clear.fast.augment_cpu import CpuAugmenter
from clear.presets import RECOMMENDED

for dtype in (torch.float32, torch.bfloat16):
    CpuAugmenter(RECOMMENDED)(torch.zeros(2, 4), torch.arange(2), 0, dtype)
neighbour_graph(np.eye(4, dtype=np.float32), 2)
