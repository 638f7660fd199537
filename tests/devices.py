"""On which device a test trains: on the CPU, unless it is marked ``needs_gpu``."""

import contextlib
import functools
import sys
from collections.abc import Iterator

import pytest


@functools.cache
def has_cuda() -> bool:
    """Tell whether PyTorch has a CUDA device."""
    import torch

    return torch.cuda.is_available()


@contextlib.contextmanager
def without_gpus() -> Iterator[None]:
    """Hide GPUs, so that ``device="auto"`` is the CPU here and in processes started from here.

    PyTorch looks at the variable only once. Where it is loaded it must not look now, since a later
    test of this process may need the GPU; where it is not, no collected test needs one.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CUDA_VISIBLE_DEVICES", "")
        if "torch" in sys.modules:
            patch.setattr(sys.modules["torch"].cuda, "is_available", lambda: False)
        yield
