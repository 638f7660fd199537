"""The training loop."""

import dataclasses
import hashlib
import itertools
import math
import time
from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from clear.cells.pools import Chunked, Whole
from clear.errors import ClearError
from clear.model.contrast import uniformity
from clear.model.cuda_graph import GraphedStep
from clear.model.learner import Learner
from clear.model.optim import learning_rate
from clear.model.parallel import is_first
from clear.model.step import MEASURES
from clear.presets import Preset
from clear.progress import progress


def train(
    source: Tensor | Whole | Chunked,
    preset: Preset,
    seed: int,
    resume: Mapping | None = None,
    on_epoch: Callable[[int, Callable[[], dict]], None] | None = None,
    precision: str = "fp32",
    verbose: bool = True,
    batches: Tensor | None = None,
) -> tuple[nn.Sequential, list[dict], dict[str, str]]:
    """Train an encoder on all cells of ``source``.

    On the CPU the result is bitwise the same for the same seed, data, precision and number of
    threads, whether the training was interrupted or not. No global random state is read or
    changed. Where several processes train together, each calls this; see :mod:`.parallel`.

    Parameters
    ----------
    source
        Log-normalised expression of at least two cells; see :mod:`clear.cells.pools`. A tensor
        (cells x genes, float32, on the device that trains) is one pool of all cells.
    preset
        All other settings.
    seed
        Seed of the initial weights, the order of the cells and the augmentations.
    resume
        A ``state()`` from an earlier training of the same cells, preset and seed, to continue
        after its epoch. Not changed.
    on_epoch
        Called as ``on_epoch(epoch, state)`` after each epoch (from 1). ``state()`` returns, on
        the CPU, all that is needed to continue from here: ``{"tensors": {name: Tensor},
        "meta": dict}``, where ``meta`` is JSON.
    precision
        Of the matrix products, ``"fp32"`` or ``"bf16"``, see :mod:`clear.fast.precision`.
    verbose
        Whether to show the progress.
    batches
        Batch of each cell, numbered from 0 (int64, on the device that trains), for a preset that
        has neighbours (:mod:`.batches`); ``None``: they have none.

    Returns
    -------
    nn.Sequential
        The query encoder, "the final productive network", or the key encoder where
        ``preset.embedding_from`` says so.
    list of dict
        The history, one dict per epoch: ``epoch`` (from 1), and as means over its cells ``loss``
        (equation 2, nats, or the spectral loss), ``chance`` (lowest loss of an encoder that
        cannot tell cells apart, see :mod:`.contrast`), ``accuracy`` (share of anchors closest to
        their positive), ``embedding_sd`` (standard deviation of the unit-length anchors of a
        minibatch, mean over dimensions: 0 when all cells are mapped to one point, at most
        1 / sqrt(n_latent)), ``alignment`` (of anchors and positives) and ``uniformity`` (of the
        first minibatch only, one augmentation per cell; see :mod:`.contrast`); then
        ``learning_rate``, that of its last step. All are measured on the query encoder during
        the epoch.
    dict of str
        What computed, in words: ``augmentations``, ``loss``, ``weights``, ``steps``; where there
        are neighbours ``walks``, and where there are several, ``processes``.

    Raises
    ------
    ClearError
        When the loss is not finite, or ``resume`` comes from another training.
    """
    if isinstance(source, Tensor):
        source = Whole(source)
    cells, genes = source.cells, source.genes
    preset = preset.for_cells(cells)
    run = {
        "seed": seed,
        "cells": cells,
        "genes": genes,
        "precision": precision,
        **{f"setting {name}": value for name, value in dataclasses.asdict(preset).items()},
    }
    if batches is not None:
        run["batches"] = hashlib.sha256(batches.cpu().numpy().tobytes()).hexdigest()
    learner = Learner(cells, genes, source.device, preset, seed, precision)
    learner.shares.agree(run)
    if resume is not None:
        _check_same(resume, run)
        learner.restore(resume)

    def state() -> dict:
        stored = learner.state()
        stored["meta"] |= {"epoch": len(learner.history), "run": run}
        return stored

    batch_size, take_step = learner.batch_size, GraphedStep(learner, preset)
    minibatches = preset.steps_per_epoch(cells)
    seen = min(minibatches * batch_size, cells)  # cells of an epoch
    done = len(learner.history)
    began = time.perf_counter()
    with progress(
        total=preset.epochs, label="CLEAR", unit="epoch", shown=verbose and is_first()
    ) as bar:
        bar.update(done)
        for epoch in range(done + 1, preset.epochs + 1):
            learner.augment.start_epoch()
            sums = torch.zeros(len(MEASURES), device=source.device, dtype=torch.float64)
            steps, evenness = itertools.count((epoch - 1) * minibatches), None
            for pool, order in source.chunks(learner.shuffle, batch_size, minibatches):
                learner.use(pool, None if batches is None else batches[source.rows])
                for batch in order.split(batch_size):
                    rate = learning_rate(preset, next(steps), minibatches)
                    sums += len(batch) * take_step(batch, rate)
                    if evenness is None:
                        evenness = uniformity(learner.anchors)

            values = dict(zip(MEASURES, (sums / seen).tolist(), strict=True))
            values["uniformity"] = float(evenness)
            if not math.isfinite(values["loss"]):
                raise ClearError(
                    f"The loss is {values['loss']} in epoch {epoch} of {preset.epochs}; "
                    f"lower the learning rate (now {preset.learning_rate:g})."
                )
            learner.history.append({"epoch": epoch, **values, "learning_rate": rate})
            speed = (epoch - done) * seen / (time.perf_counter() - began)
            bar.set_postfix({"loss": f"{values['loss']:.3f}", "cells/s": f"{speed:.0f}"})
            bar.update()
            if on_epoch is not None:
                on_epoch(epoch, state)
    trained = learner.query_encoder if preset.embedding_from == "query" else learner.key_encoder
    if preset.keys == "components":
        trained = learner.neighbours.finished(trained)
    computed_by = {
        "augmentations": learner.augment.done_by,
        "loss": learner.compared_by,
        "weights": learner.moved_by,
        "steps": take_step.done_by,
    }
    if preset.neighbors:
        computed_by["walks"] = learner.neighbours.walked_by
    if learner.shares.processes > 1:
        computed_by["processes"] = str(learner.shares.processes)
    return trained.requires_grad_(False), learner.history, computed_by


def _check_same(resume: Mapping, run: dict) -> None:
    """Raise a ClearError when ``resume`` comes from a training other than ``run``."""
    try:
        stored = dict(resume["meta"]["run"])
    except (KeyError, TypeError, ValueError) as error:
        raise ClearError(
            "The stored training cannot be read: it does not say what it was of."
        ) from error
    for name in stored | run:
        there, here = stored.get(name, "missing"), run.get(name, "missing")
        if there != here:
            raise ClearError(
                f"The stored training cannot be continued: its {name} is {there!r}, not {here!r}."
            )
