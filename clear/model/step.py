"""One step of the training."""

import torch
from torch import Tensor

from clear.fast.precision import products
from clear.model.contrast import update_key_encoder
from clear.model.encoder import unit_length
from clear.model.learner import Learner
from clear.model.loss import contrasted
from clear.model.optim import set_rate
from clear.presets import Preset

MEASURES = ("loss", "chance", "accuracy", "embedding_sd", "alignment")


def step(learner: Learner, batch: Tensor, preset: Preset, rate: float) -> Tensor:
    """Train on one minibatch.

    ``batch`` holds row numbers (int64) of the learner's current pool; the learner is changed in
    place.

    Returns
    -------
    Tensor
        What ``MEASURES`` names, as means over the minibatch, on the learner's device.
    """
    set_rate(learner.optimizer, rate)
    return learn(learner, batch, preset)


def learn(learner: Learner, batch: Tensor, preset: Preset) -> Tensor:
    """Do :func:`step` at the current learning rate, without synchronising with the device."""
    neighbours = learner.neighbours
    if preset.keys == "components":
        views = anchors = learner.augment(batch)
        others = None
    else:
        positives = batch if neighbours is None else neighbours.positives[batch]
        views = learner.augment.pair(batch, positives)
        anchors, others = (views, views) if preset.symmetrical_loss else views.chunk(2)
    shares, copies = learner.shares, 2 if preset.symmetrical_loss else 1
    rows = shares.rows(len(batch), copies, batch.device)
    if rows is not None:
        anchors, others = anchors[rows], others[rows]
    with products(learner.precision, views.device):
        if learner.direct is not None:
            query, key = learner.direct.forward(anchors, others)
        else:
            query = learner.query_encoder(anchors)
            with torch.no_grad():
                key = None if others is None else learner.key_encoder(others)
    if learner.loss is not None:
        return _by_kernels(learner, query, key, batch)

    query = query.float()
    if learner.direct is not None:
        query.requires_grad_()
    if key is None:
        key = neighbours.keys[neighbours.positives[batch]]
    key = key.float()
    if rows is not None:
        key = shares.gather(key, copies)
    # The spectral loss in float32: its products are cheap.
    narrow = learner.precision if preset.loss == "info_nce" else "fp32"
    with products(narrow, views.device):
        scales = None if neighbours is None else neighbours.scales
        contrast = contrasted(query, key, learner.queue, preset, rows, scales)
    if preset.keys == "components":  # of mean zero: a constant gives 0 at best
        contrast = contrast._replace(chance=0.0)

    if learner.direct is not None:
        learner.direct.backward(*torch.autograd.grad(contrast.loss, query))
    else:
        _learn_from(learner, contrast.loss)

    loss, query = contrast.loss.detach(), unit_length(query.detach())
    if rows is not None:
        query = shares.gather(query, copies)
    learner.anchors = query[: len(batch)]
    chance = torch.full_like(loss, contrast.chance)
    # Written out, because torch.std takes ten times as long here.
    spread = (query - query.mean(dim=0)).square().mean(dim=0).sqrt().mean()
    return shares.mean(torch.stack([loss, chance, contrast.accuracy, spread, contrast.alignment]))


def _by_kernels(learner: Learner, query: Tensor, key: Tensor | None, batch: Tensor) -> Tensor:
    """Learn from both encoders' outputs by :mod:`.loss`; return the measures."""
    which = ()
    if key is None:
        neighbours = learner.neighbours
        key, which = neighbours.keys, (batch, neighbours.positives, neighbours.scales)
    gradient, anchors, measures = learner.loss(query.detach(), key, learner.queue, *which)
    learner.anchors = anchors[: len(batch)]
    if learner.direct is not None:
        learner.direct.backward(gradient, before_relu=True)
    else:
        _learn_from(learner, query, gradient)
    return measures


def _learn_from(learner: Learner, result: Tensor, gradient: Tensor | None = None) -> None:
    """Do a step of the optimiser and of equation 3, from a loss or the gradient of a result."""
    learner.optimizer.zero_grad(set_to_none=True)
    result.backward(gradient)
    learner.shares.average(learner.query_encoder)
    learner.optimizer.step()
    update_key_encoder(learner.key_encoder, learner.query_encoder, learner.preset.momentum)
