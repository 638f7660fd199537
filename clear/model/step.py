"""One step of the training."""

import torch
from torch import Tensor

from clear.fast.precision import products
from clear.model.contrast import Contrast, info_nce, spectral, update_key_encoder
from clear.model.encoder import unit_length
from clear.model.learner import Learner
from clear.model.optim import set_rate
from clear.model.queue import Queue
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
    positives = batch if learner.neighbours is None else learner.neighbours.positives[batch]
    if preset.keys == "components":
        views = anchors = learner.augment(batch)
        others = None
    else:
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
            query = learner.query_encoder(anchors).float()
            with torch.no_grad():
                key = None if others is None else learner.key_encoder(others).float()
                if rows is not None:
                    key = shares.gather(key, copies)
        if key is None:
            key = learner.neighbours.keys[positives]
        if preset.loss == "info_nce":
            contrast = contrasted(query, key, learner.queue, preset, rows)
    if preset.loss == "spectral":  # in float32: its products are cheap
        contrast = contrasted(query, key, learner.queue, preset)
        if preset.keys == "components":  # of mean zero: a constant gives 0 at best
            contrast = contrast._replace(chance=0.0)

    if learner.direct is not None:
        learner.direct.backward(*torch.autograd.grad(contrast.loss, query))
    else:
        learner.optimizer.zero_grad(set_to_none=True)
        contrast.loss.backward()
        shares.average(learner.query_encoder)
        learner.optimizer.step()
        update_key_encoder(learner.key_encoder, learner.query_encoder, preset.momentum)

    loss, query = contrast.loss.detach(), unit_length(query.detach())
    if rows is not None:
        query = shares.gather(query, copies)
    learner.anchors = query[: len(batch)]
    chance = torch.full_like(loss, contrast.chance)
    # Written out, because torch.std takes ten times as long here.
    spread = (query - query.mean(dim=0)).square().mean(dim=0).sqrt().mean()
    return shares.mean(torch.stack([loss, chance, contrast.accuracy, spread, contrast.alignment]))


def contrasted(
    query: Tensor, key: Tensor, queue: Queue, preset: Preset, rows: Tensor | None = None
) -> Contrast:
    """Compute the preset's loss, then enqueue the keys; ``rows`` as for :func:`info_nce`."""
    directions = preset.symmetrical_loss, preset.batch_negatives
    if preset.loss == "spectral":
        contrast = spectral(query, key, queue.keys, *directions)
    else:
        query, key = unit_length(query), unit_length(key)
        contrast = info_nce(query, key, queue.keys, preset.temperature, *directions, rows)
    queue.enqueue(key)
    return contrast
