"""The loss of a step: by PyTorch, or on a GPU as a few kernels, with gradient, measures and queue.

The formulas are those of :mod:`.contrast`; the kernels are in :mod:`clear.fast.info_nce_cuda` and
:mod:`clear.fast.spectral_cuda`.
"""

import logging
import math

import torch
from torch import Tensor

from clear.errors import one_line
from clear.model.contrast import Contrast, info_nce, spectral
from clear.model.encoder import unit_length
from clear.model.queue import Queue
from clear.presets import Preset

log = logging.getLogger("clear")

# Relative error of the gradient against PyTorch's: rounding to bfloat16 gives about .004.
MAX_ERROR = 0.02
MOST_DIMENSIONS = 256


def contrasted(
    query: Tensor,
    key: Tensor,
    queue: Queue,
    preset: Preset,
    rows: Tensor | None = None,
    scales: Tensor | None = None,
) -> Contrast:
    """Compute the preset's loss by PyTorch, then enqueue the keys.

    Parameters
    ----------
    query
        Outputs of the query encoder (rows x ``preset.n_latent``, float32), with gradient: where the
        loss is symmetrical of 2N copies of N cells, rows i and i + N of the same cell, else of N.
    key
        Outputs of the key encoder or the positives' fixed keys, of the whole minibatch in the same
        order (rows x ``preset.n_latent``, float32), without gradient.
    queue
        Keys of past minibatches; changed in place.
    preset
        Says which loss (equation 1 and 2, or HaoChen et al. 2021), in which direction, against
        which negatives.
    rows
        As for :func:`info_nce`: which rows of ``key`` the anchors are; ``None``: all.
    scales
        As for :func:`spectral`: of each dimension, for fixed keys.

    Returns
    -------
    Contrast
        The loss and what is measured beside it. For InfoNCE rows are first brought to unit length,
        and those keys enter the queue.
    """
    directions = preset.symmetrical_loss, preset.batch_negatives
    if preset.loss == "spectral":
        contrast = spectral(query, key, queue.keys, *directions, scales)
    else:
        query, key = unit_length(query), unit_length(key)
        contrast = info_nce(query, key, queue.keys, preset.temperature, *directions, rows)
    queue.enqueue(key)
    return contrast


class LossKernel:
    """The preset's loss by kernels.

    Parameters
    ----------
    preset
        Its settings.
    precision
        Of the products, see :mod:`clear.fast.precision`. The spectral loss has float32's in any
        case, as in PyTorch.

    Raises
    ------
    ImportError
        Where there is no Triton.
    """

    def __init__(self, preset: Preset, precision: str):
        from clear.fast import info_nce_cuda, measures_cuda, spectral_cuda

        self.preset = preset
        self.info_nce, self.spectral = info_nce_cuda.info_nce, spectral_cuda.spectral
        self.kind = measures_cuda.kind(precision)
        self.fixed = preset.keys == "components"

    def __call__(
        self,
        query: Tensor,
        key: Tensor,
        queue: Queue,
        cells: Tensor | None = None,
        positives: Tensor | None = None,
        scales: Tensor | None = None,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Compare outputs of the query encoder with keys, and put these into the queue.

        Parameters
        ----------
        query
            Outputs of the query encoder for a minibatch (rows x dimensions, any floating type).
        key
            Those of the key encoder; fixed keys: of all cells of the pool.
        queue
            Changed in place.
        cells, positives, scales
            For fixed keys: the cells of the minibatch, the positive of each cell of the pool, and
            the scale of each dimension.

        Returns
        -------
        gradient : Tensor
            Of the loss, for ``query`` before a last ReLU; same shape and type.
        anchors : Tensor
            ``query`` at unit length (float32).
        measures : Tensor
            What :data:`.step.MEASURES` names.
        """
        preset = self.preset
        if preset.loss == "spectral":
            chance = 0.0 if self.fixed else -1.0
            which = (cells, positives, scales) if self.fixed else ()
            return self.spectral(query, key, queue, preset, chance, *which)
        negatives = len(queue.keys)
        if preset.batch_negatives:
            negatives += len(query) - 1 - preset.symmetrical_loss
        return self.info_nce(query, key, queue, preset, math.log(1 + negatives), self.kind)

    def check(self, rows: int, queue: int, device: torch.device, dtype: torch.dtype) -> None:
        """Compile the kernels for minibatches of this size, and compare them with PyTorch.

        Raises
        ------
        RuntimeError
            When they differ by more than rounding. Triton's own errors are of many kinds.
        """
        random = torch.Generator().manual_seed(0)
        shape = rows, self.preset.n_latent
        query, key = torch.randn(2, *shape, generator=random).to(device, dtype)
        cells = torch.arange(rows, device=device)
        positives = cells.flip(0)
        if self.preset.last_relu:
            query, key = query.relu(), key.relu()
        if self.fixed:  # those of a training are not rounded
            key = key.float()
        queues = []
        for _ in range(2):
            start = torch.Generator().manual_seed(1)
            queues.append(Queue(queue, self.preset.n_latent, device, start))
        scales = torch.linspace(1, 0.1, shape[1], device=device) if self.fixed else None
        gradient, anchors, measures = self(query, key, queues[0], cells, positives, scales)
        leaf = query.float().requires_grad_()
        key = key.float()
        own = key[positives] if self.fixed else key
        contrast = contrasted(leaf, own, queues[1], self.preset, scales=scales)
        (expected,) = torch.autograd.grad(contrast.loss, leaf)
        if self.preset.last_relu:
            expected = expected * (query > 0)
        pairs = [(gradient, expected), (anchors, unit_length(query.float()))]
        pairs += [(measures[0], contrast.loss.detach()), (queues[0].ring, queues[1].ring)]
        for ours, theirs in pairs:
            error = (ours.float() - theirs).norm() / theirs.norm().clamp_min(1e-30)
            if not error < MAX_ERROR:
                raise RuntimeError(f"the kernels' numbers differ from PyTorch's by {error:.2g}")


def loss_kernel(learner) -> tuple[LossKernel | None, str]:
    """Return the loss of a :class:`clear.model.learner.Learner` as kernels, or None; and in words.

    ``learner`` must have its encoders and its queue.
    """
    if learner.device.type != "cuda":
        return None, "PyTorch"
    why = _unlike(learner)
    if why is None:
        try:
            found = LossKernel(learner.preset, learner.precision)
            rows = learner.preset.profiles(learner.batch_size)
            dtype = torch.bfloat16 if learner.precision == "bf16" else torch.float32
            found.check(rows, learner.queue.capacity, learner.device, dtype)
            return found, "Triton kernels"
        except Exception as error:  # Triton raises many kinds, some without a common class
            why = f"Triton cannot be used: {one_line(error)}"
            log.info("%s. The loss takes longer.", why)
    return None, f"PyTorch ({why})"


def _unlike(learner) -> str | None:
    if learner.preset.keys == "components" and learner.queue.capacity:
        return "the kernels have no queue of fixed keys"
    if learner.preset.n_latent > MOST_DIMENSIONS:
        return f"the kernels are for at most {MOST_DIMENSIONS} dimensions"
    if learner.shares.processes > 1:
        return "several processes share each step"
    return None
