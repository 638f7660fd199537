"""Collapse: an encoder that hardly tells cells apart, how it is noticed and what helps."""

import math

from clear.presets import Preset


def collapsed(history: list[dict], n_latent: int) -> bool:
    """Tell whether a training ended in a collapse.

    True when, in the last epoch, the loss is no better than what guessing gives, or by less than
    2 %, or the unit-length embedding varies by less than a tenth of what it could at most
    (1 / sqrt(n_latent)).

    Parameters
    ----------
    history
        What :func:`clear.model.train.train` returned.
    n_latent
        Dimensions of the embedding.
    """
    last = history[-1]
    guessing = last["loss"] > last["chance"] - 0.02 * abs(last["chance"])
    return guessing or last["embedding_sd"] < 0.1 / math.sqrt(n_latent)


def warning(history: list[dict], preset: Preset) -> str:
    """Say what was seen and what to do about it."""
    last = history[-1]
    if preset.loss == "spectral":
        # A walk that is long enough to reach all cells alike leaves nothing to tell apart.
        base, name, value = "RECOMMENDED", "walk_length", max(preset.walk_length // 2, 1)
        advice = "Take shorter walks"
    else:
        base, name, value = "PAPER", "learning_rate", min(1e-3, preset.learning_rate / 10)
        advice = "Lower the learning rate"
    return (
        f"The training collapsed: loss {last['loss']:.3f} (chance: {last['chance']:.3f}), "
        f"positives picked {last['accuracy']:.1%}, standard deviation of the embedding "
        f"{last['embedding_sd']:.4f} (at most {1 / math.sqrt(preset.n_latent):.4f}). The embedding "
        f"hardly tells cells apart. {advice} ({name} is {getattr(preset, name):g}), for instance "
        f"CLEAR(preset=dataclasses.replace(clear.presets.{base}, {name}={value:g}))."
    )
