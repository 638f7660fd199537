"""Collapse, when all cells get nearly the same embedding: how to detect it and what helps."""

import math

from clear.presets import Preset


def collapsed(history: list[dict], n_latent: int) -> bool:
    """Return whether a training ended in a collapse.

    True when, in the last epoch, the loss is less than 2 % better than guessing, or the standard
    deviation of the unit-length embedding is below a tenth of its maximum, 1 / sqrt(n_latent).
    """
    last = history[-1]
    guessing = last["loss"] > last["chance"] - 0.02 * abs(last["chance"])
    return guessing or last["embedding_sd"] < 0.1 / math.sqrt(n_latent)


def warning(history: list[dict], preset: Preset) -> str:
    """Return a message that says what was measured and which setting to change."""
    last = history[-1]
    if preset.loss == "spectral":
        # The positives of a walk that reaches all cells are the same for all of them.
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
