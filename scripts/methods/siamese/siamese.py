"""CLEAR's encoder and augmentations under another framework: one encoder, a projector, a loss.

Both views of a cell pass the same encoder and a projector, which the embedding is taken before;
there is no momentum encoder and no queue. Encoder, augmentations, order of minibatches, optimiser
and schedule are those of the package ``clear``.
"""

from itertools import pairwise

import numpy as np
import torch
from torch import nn

from clear.model.augment import Augmenter
from clear.model.encoder import build_encoder, embed
from clear.model.optim import build_optimizer, learning_rate, set_rate

REPORT = 10  # epochs between two lines of the log


def build_projector(widths, batch_norm):
    """Make fully connected layers with ReLU between them.

    Parameters
    ----------
    widths : list of int
        Of the input and of each layer.
    batch_norm : bool
        Whether batch normalisation precedes each ReLU.
    """
    layers = []
    for inputs, outputs in pairwise(widths):
        norm = [nn.BatchNorm1d(outputs)] if batch_norm else []
        layers += [nn.Linear(inputs, outputs), *norm, nn.ReLU()]
    return nn.Sequential(*layers[: -2 if batch_norm else -1])


def train(profiles, preset, loss, projector, seed):
    """Train an encoder and return the embedding.

    Parameters
    ----------
    profiles : torch.Tensor
        Cells x genes, log-normalised, on the device that trains.
    preset : clear.presets.Preset
        Encoder, augmentations, minibatches and optimiser; its loss, momentum encoder and queue
        are not used.
    loss : callable
        Of the projections of two views, see :mod:`losses`.
    projector : torch.nn.Module
        On the CPU; trained in place.
    seed : int

    Returns
    -------
    numpy.ndarray
        Cells x ``preset.dimensions``: the output of the encoder as the preset returns it.
    list of float
        Mean loss of each epoch.

    Raises
    ------
    RuntimeError
        When the loss is not finite.
    """
    device, n_cells = profiles.device, len(profiles)
    # The streams of a training of CLEAR, whose encoder then has the same weights at the start.
    seeds = [int(s) for s in np.random.SeedSequence(seed).generate_state(3, np.uint64)]
    start, order = (torch.Generator().manual_seed(s) for s in seeds[:2])
    augment = Augmenter(preset, torch.Generator(device).manual_seed(seeds[2]))
    augment.use(profiles)
    encoder = build_encoder(profiles.shape[1], preset, start).to(device)
    projector = projector.to(device)
    optimiser = build_optimizer([*encoder.parameters(), *projector.parameters()], preset)
    steps, step, history = preset.steps_per_epoch(n_cells), 0, []
    for epoch in range(preset.epochs):
        total = torch.zeros((), device=device)
        for batch in torch.randperm(n_cells, generator=order).split(preset.batch_size):
            set_rate(optimiser, learning_rate(preset, step, steps))
            step += 1
            if len(batch) == 1:  # neither a variance nor a negative
                continue
            batch = batch.to(device)
            value = loss(*projector(encoder(augment.pair(batch, batch))).chunk(2))
            optimiser.zero_grad(set_to_none=True)
            value.backward()
            optimiser.step()
            total += value.detach() * len(batch) / n_cells
        history.append(total.item())
        if not torch.isfinite(total):
            raise RuntimeError(f"the loss is {history[-1]} in epoch {epoch + 1}")
        if (epoch + 1) % REPORT == 0:
            print(f"epoch {epoch + 1} of {preset.epochs}, loss {history[-1]:.4f}", flush=True)
    with torch.inference_mode():
        parts = [embed(encoder, part, preset).cpu() for part in profiles.split(4096)]
    return torch.cat(parts).numpy(), history
