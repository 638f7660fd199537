"""Collapse, when all cells get nearly the same embedding: how to detect it and what helps."""

import math

from clear.presets import Preset

# What cured each kind of collapse in tests/model/test_collapse.py, by preset.keys.
ENOUGH_STEPS = {"encoder": 1000, "components": 300}
LOW_RATE = 1e-3


def collapsed(history: list[dict], n_latent: int) -> bool:
    """Return whether a training ended in a collapse.

    True when, in the last epoch, the loss is less than 2 % better than guessing (not better at all
    with fixed keys, where guessing has 0), or the standard deviation of the unit-length embedding
    is below a tenth of its maximum, 1 / sqrt(n_latent).
    """
    last = history[-1]
    guessing = last["loss"] > last["chance"] - 0.02 * abs(last["chance"])
    return guessing or last["embedding_sd"] < 0.1 / math.sqrt(n_latent)


def warning(history: list[dict], preset: Preset, cells: int) -> str:
    """Return a message that says what was measured and what helps."""
    last = history[-1]
    return (
        f"The training collapsed: loss {last['loss']:.3f} (chance: {last['chance']:.3f}), "
        f"positives picked {last['accuracy']:.1%}, standard deviation of the embedding "
        f"{last['embedding_sd']:.4f} (at most {1 / math.sqrt(preset.n_latent):.4f}). The embedding "
        f"hardly tells cells apart. {_cure(len(history), preset, cells)}"
    )


def _cure(epochs: int, preset: Preset, cells: int) -> str:
    per_epoch, enough = preset.steps_per_epoch(cells), ENOUGH_STEPS[preset.keys]
    if preset.optimizer == "adam" and preset.learning_rate > LOW_RATE:
        advice = f"Lower the learning rate ({preset.learning_rate:g})"
        change = f"learning_rate={LOW_RATE:g}"
    elif epochs * per_epoch < enough:
        advice = f"Train longer than {epochs * per_epoch} steps (also: --epochs)"
        change = f"epochs={-(-enough // per_epoch)}"
    else:
        return (
            "No setting is known to help: the cells may hardly differ, or be too few. Look at the "
            "values, the genes and the cells that were left out."
        )
    return f"{advice}: CLEAR(dataclasses.replace(model.preset_, {change}))."
