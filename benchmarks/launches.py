"""What a step starts on a GPU, with the kernels of the augmentations and without them."""

import contextlib
from collections.abc import Iterator

import torch

import clear.model.augment
from clear.model.learner import Learner
from clear.model.step import step
from clear.presets import Preset


@contextlib.contextmanager
def without_kernels() -> Iterator[None]:
    """Let PyTorch augment."""
    before = clear.model.augment._compiled
    clear.model.augment._compiled = lambda *_: (None, "PyTorch")
    try:
        yield
    finally:
        clear.model.augment._compiled = before


def launches(pool: torch.Tensor, preset: Preset, precision: str) -> int | None:
    """Count what a step starts on a GPU: kernels, copies, fills; on a CPU there is nothing to."""
    if pool.device.type != "cuda":
        return None
    learner = Learner(*pool.shape, pool.device, preset, 0, precision)
    learner.use(pool)
    batch = torch.arange(preset.batch_size, device=pool.device)
    for _ in range(5):
        step(learner, batch, preset, 1e-3)
    torch.cuda.synchronize()
    kinds = torch.profiler.ProfilerActivity
    with torch.profiler.profile(activities=[kinds.CPU, kinds.CUDA], acc_events=True) as profile:
        for _ in range(4):
            step(learner, batch, preset, 1e-3)
        torch.cuda.synchronize()
    cuda = torch.autograd.DeviceType.CUDA
    started = [
        event
        for event in profile.events()
        if event.device_type == cuda and not event.is_user_annotation
    ]
    return len(started) // 4
