"""The training loop."""

import copy
import math
import time

import numpy as np
import torch
from torch import Tensor, nn

from clear.augment import Augmenter
from clear.contrast import Queue, info_nce, update_key_encoder
from clear.encoder import build_encoder, unit_length
from clear.errors import ClearError
from clear.presets import Preset
from clear.progress import progress


def train(pool: Tensor, preset: Preset, seed: int) -> tuple[nn.Sequential, list[dict]]:
    """Train an encoder on all cells of ``pool``.

    On the CPU the result is the same to the last bit for the same seed, data and number of
    threads. No global random state is read or changed.

    Parameters
    ----------
    pool
        Log-normalised expression (cells x genes, float32) on the device that trains; at
        least two cells.
    preset
        All other settings.
    seed
        Seeds the first weights, the order of the cells and the augmentations.

    Returns
    -------
    nn.Sequential
        The query encoder, "the final productive network".
    list of dict
        The history: for each epoch ``epoch`` (from 1), ``loss`` (equation 2, mean over
        cells), ``chance`` (ln(1 + K), the loss of an encoder that cannot tell the positive
        from the K negatives), ``accuracy`` (share of anchors nearest to their positive),
        ``embedding_sd`` (standard deviation of the unit-length embedding over a minibatch,
        mean over dimensions: 0 when all cells are mapped to one point, at most
        1 / sqrt(n_latent)) and ``learning_rate`` (of its last step).

    Raises
    ------
    ClearError
        When the loss is no longer a finite number.
    """
    cells, genes = pool.shape
    # Independent streams: changing how one is used leaves the others as they were.
    seeds = [int(s) for s in np.random.SeedSequence(seed).generate_state(3, np.uint64)]
    start, shuffle = (torch.Generator().manual_seed(s) for s in seeds[:2])
    augment = Augmenter(pool, preset, torch.Generator(pool.device).manual_seed(seeds[2]))

    query_encoder = build_encoder(genes, preset, start).to(pool.device)
    key_encoder = copy.deepcopy(query_encoder).requires_grad_(False)
    queue = Queue(min(preset.queue, 2 * cells), preset.n_latent, pool.device)
    optimizer = torch.optim.Adam(
        query_encoder.parameters(),
        betas=(preset.adam_beta1, preset.adam_beta2),
        eps=preset.adam_epsilon,
    )

    history = []
    step, steps = 0, preset.epochs * math.ceil(cells / preset.batch_size)
    began = time.perf_counter()
    with progress(total=preset.epochs, label="CLEAR", unit="epoch") as bar:
        for epoch in range(1, preset.epochs + 1):
            sums = torch.zeros(4, device=pool.device, dtype=torch.float64)
            order = torch.randperm(cells, generator=shuffle).to(pool.device)
            for batch in order.split(preset.batch_size):
                views = torch.cat([augment(batch), augment(batch)])
                query = unit_length(query_encoder(views))
                with torch.no_grad():
                    key = unit_length(key_encoder(views))
                loss, accuracy = info_nce(query, key, queue.keys, preset.temperature)

                for group in optimizer.param_groups:
                    group["lr"] = cosine_rate(preset.learning_rate, step, steps)
                optimizer.zero_grad(set_to_none=True)
                loss.backward()
                optimizer.step()
                update_key_encoder(key_encoder, query_encoder, preset.momentum)
                step += 1

                chance = loss.new_tensor(math.log(len(key) - 1 + len(queue.keys)))
                spread = query.detach().std(dim=0, correction=0).mean()
                sums += len(batch) * torch.stack([loss.detach(), chance, accuracy, spread])
                queue.enqueue(key)

            values = dict(
                zip(
                    ("loss", "chance", "accuracy", "embedding_sd"),
                    (sums / cells).tolist(),
                    strict=True,
                )
            )
            if not math.isfinite(values["loss"]):
                raise ClearError(
                    f"The loss is {values['loss']} in epoch {epoch} of {preset.epochs}; "
                    f"lower the learning rate (now {preset.learning_rate:g})."
                )
            history.append(
                {"epoch": epoch, **values, "learning_rate": optimizer.param_groups[0]["lr"]}
            )
            rate = epoch * cells / (time.perf_counter() - began)
            bar.set_postfix({"loss": f"{values['loss']:.3f}", "cells/s": f"{rate:.0f}"})
            bar.update()
    return query_encoder.requires_grad_(False), history


def cosine_rate(base: float, step: int, steps: int) -> float:
    """Return the learning rate of a step: half a cosine from ``base`` (step 0) to 0 (``steps``)."""
    return base / 2 * (1 + math.cos(math.pi * step / steps))


def collapsed(history: list[dict], n_latent: int) -> bool:
    """Tell whether a training ended with an encoder that hardly tells cells apart.

    True when, in the last epoch, the loss is within 2 % of what guessing gives, ln(1 + K), or
    the unit-length embedding varies by less than a tenth of what it could at most
    (1 / sqrt(n_latent)).
    """
    last = history[-1]
    return last["loss"] > 0.98 * last["chance"] or last["embedding_sd"] < 0.1 / math.sqrt(n_latent)
