"""One step of the training."""

import math

import torch
from torch import Tensor

from clear.contrast import info_nce, uniformity, update_key_encoder
from clear.encoder import unit_length
from clear.learner import Learner
from clear.optim import set_rate
from clear.presets import Preset

MEASURES = ("loss", "chance", "accuracy", "embedding_sd", "alignment", "uniformity")


def step(learner: Learner, batch: Tensor, preset: Preset, rate: float) -> Tensor:
    """Learn from one minibatch.

    Parameters
    ----------
    learner
        What is trained, changed in place.
    batch
        Row numbers of its cells in the pool that the learner's augmentations use (int64).
    preset, rate
        Settings, and the learning rate of this step.

    Returns
    -------
    Tensor
        The means over the minibatch that ``MEASURES`` names, on the learner's device.
    """
    anchors, others = learner.augment(batch), learner.augment(batch)
    if preset.symmetrical_loss:
        anchors = others = torch.cat([anchors, others])
    query = unit_length(learner.query_encoder(anchors))
    with torch.no_grad():
        key = unit_length(learner.key_encoder(others))
    contrast = info_nce(
        query,
        key,
        learner.queue.keys,
        preset.temperature,
        preset.symmetrical_loss,
        preset.batch_negatives,
    )

    set_rate(learner.optimizer, rate)
    learner.optimizer.zero_grad(set_to_none=True)
    contrast.loss.backward()
    learner.optimizer.step()
    update_key_encoder(learner.key_encoder, learner.query_encoder, preset.momentum)
    learner.queue.enqueue(key)

    loss, query = contrast.loss.detach(), query.detach()
    chance = loss.new_tensor(math.log(1 + contrast.negatives))
    spread = query.std(dim=0, correction=0).mean()
    evenness = uniformity(query[: len(batch)])
    return torch.stack([loss, chance, contrast.accuracy, spread, contrast.alignment, evenness])
