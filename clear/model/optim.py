"""The optimiser and its learning rate schedule."""

import inspect
import math
from collections.abc import Iterable

import torch
from torch import Tensor, nn

from clear.presets import Preset

DROPS = (100, 120)


def _uncompiled(optimizer: type[torch.optim.Optimizer]) -> type[torch.optim.Optimizer]:
    """Return an optimiser without what PyTorch wraps around its methods for its compiler.

    The first call of each of them imports that compiler: 1.7 s on two cores, a sixth of a training
    of 700 cells, and nothing here is compiled.
    """
    step = torch.no_grad()(inspect.unwrap(optimizer.step))
    names = ("add_param_group", "zero_grad")
    plain = {name: inspect.unwrap(getattr(optimizer, name)) for name in names}
    return type(optimizer.__name__, (optimizer,), {**plain, "step": step})


Adam, SGD = _uncompiled(torch.optim.Adam), _uncompiled(torch.optim.SGD)


def build_optimizer(parameters: Iterable[nn.Parameter], preset: Preset) -> torch.optim.Optimizer:
    """Make the preset's optimiser; :func:`set_rate` sets its learning rate before each step.

    Adam is that of Kingma and Ba (2015). SGD has momentum: v <- ``sgd_momentum`` v + gradient,
    theta <- theta - rate v. In both, ``weight_decay`` times theta is added to the gradient.

    On a GPU the rate is a tensor there, so that the replay of a CUDA graph sees a new one.
    """
    parameters = list(parameters)
    on_cuda = parameters[0].is_cuda
    rate = preset.learning_rate
    if on_cuda:
        rate = torch.tensor(rate, device=parameters[0].device)
    if preset.optimizer == "sgd":
        return SGD(
            parameters,
            lr=rate,
            momentum=preset.sgd_momentum,
            weight_decay=preset.weight_decay,
            fused=True,
        )
    return Adam(
        parameters,
        lr=rate,
        betas=(preset.adam_beta1, preset.adam_beta2),
        eps=preset.adam_epsilon,
        weight_decay=preset.weight_decay,
        fused=True,
        capturable=on_cuda,
    )


def learning_rate(preset: Preset, step: int, steps_per_epoch: int) -> float:
    """Return the learning rate of a step.

    Parameters
    ----------
    preset
        Says the rate at the first step, the schedule (the cosine is that of Loshchilov and Hutter
        2017 without restarts) and, for the cosines, how many ``epochs`` it falls over.
    step
        Number of the step, counted from 0 over the whole training.
    steps_per_epoch
        Minibatches in an epoch, :meth:`clear.presets.Preset.steps_per_epoch`.

    Returns
    -------
    float
        Above 0 in every step of the training.
    """
    epoch = step // steps_per_epoch
    if preset.schedule == "cosine":
        return cosine_rate(preset.learning_rate, step, preset.epochs * steps_per_epoch)
    if preset.schedule == "cosine_by_epoch":
        return cosine_rate(preset.learning_rate, epoch, preset.epochs)
    return preset.learning_rate / 10 ** sum(epoch >= drop for drop in DROPS)


def cosine_rate(base: float, step: int, steps: int) -> float:
    """Return the learning rate on half a cosine from ``base`` (step 0) to 0 (``steps``)."""
    return base / 2 * (1 + math.cos(math.pi * step / steps))


def set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Set the learning rate of the next step."""
    for group in optimizer.param_groups:
        if isinstance(group["lr"], Tensor):
            group["lr"].fill_(rate)
        else:
            group["lr"] = rate
