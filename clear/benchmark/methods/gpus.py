"""Whether this machine has a GPU for a step."""

import os
from functools import cache

from clear.benchmark.methods.runner.gpu import devices


@cache
def has_gpu() -> bool:
    """Tell whether a step may find a GPU on this machine."""
    return os.environ.get("CUDA_VISIBLE_DEVICES", "0") not in ("", "-1") and bool(devices())
