"""What the settings of a preset can be: their types, their limits, and what they can be beside."""

import dataclasses

from clear.errors import ClearError

CHOICES = {
    "embedding_from": ("query", "key"),
    "queue_limit": ("two_per_cell", "one_batch"),
    "queue_start": ("empty", "random"),
    "schedule": ("cosine", "cosine_by_epoch", "drops"),
    "optimizer": ("adam", "sgd"),
    "keys": ("encoder", "components"),
    "loss": ("info_nce", "spectral"),
}

# What settings must be where keys are principal component scores, and why.
FIXED_KEYS = {
    "loss": ("spectral", "scores have no common length, which equation 1 needs"),
    "symmetrical_loss": (False, "a cell has one key, not one for each augmentation"),
    "last_relu": (False, "scores are of both signs, which outputs of a ReLU cannot be"),
    "embedding_from": ("query", "there is no key encoder"),
    "queue_start": ("empty", "random directions are no scores"),
}


def check(preset) -> None:
    """Check all settings of a :class:`clear.presets.preset.Preset`.

    Raises
    ------
    ClearError
        On the first that is wrong; the message names it and says what it can be.
    """
    _check_types(preset)
    _check_limits(preset)
    if preset.neighborhood <= 2 * preset.neighbors:
        raise ClearError(
            f"Setting neighborhood must be more than twice neighbors ({preset.neighbors}), not "
            f"{preset.neighborhood}."
        )
    if preset.keys == "components":
        _check_fixed_keys(preset)
    elif preset.own_share:
        raise ClearError("Setting own_share is for keys='components'; else it must be 0.")
    if not preset.queue and not preset.batch_negatives:
        raise ClearError("Without batch_negatives, setting queue must be at least 1.")
    if not preset.queue and preset.batch_size == 1:
        raise ClearError(
            "Setting batch_size must be at least 2 where queue is 0, not 1: one cell in a "
            "minibatch has no negatives."
        )


def _check_types(preset) -> None:
    for field in dataclasses.fields(preset):
        value = getattr(preset, field.name)
        if field.type is int and (not isinstance(value, int) or isinstance(value, bool)):
            raise ClearError(f"Setting {field.name} must be a whole number, not {value!r}.")
        if field.type is bool and not isinstance(value, bool):
            raise ClearError(f"Setting {field.name} must be True or False, not {value!r}.")
        if field.type is float and (not isinstance(value, int | float) or isinstance(value, bool)):
            raise ClearError(f"Setting {field.name} must be a number, not {value!r}.")
        if field.name.endswith(("_fraction", "_probability", "_share")) and not 0 <= value <= 1:
            raise ClearError(f"Setting {field.name} must lie between 0 and 1, not {value!r}.")


def _check_limits(preset) -> None:
    for name, choices in CHOICES.items():
        value = getattr(preset, name)
        if value not in choices:
            raise ClearError(f"Setting {name} must be {_either(choices)}, not {value!r}.")
    for name in (
        *("n_latent", "hidden_nodes", "batch_size", "epochs"),
        *("components", "walk_length"),
    ):
        if getattr(preset, name) < 1:
            raise ClearError(f"Setting {name} must be at least 1, not {getattr(preset, name)}.")
    for name in ("temperature", "learning_rate", "adam_epsilon"):
        if not 0 < getattr(preset, name) < float("inf"):
            raise ClearError(f"Setting {name} must be above 0, not {getattr(preset, name)}.")
    for name in ("momentum", "adam_beta1", "adam_beta2", "sgd_momentum"):
        if not 0 <= getattr(preset, name) < 1:
            raise ClearError(f"Setting {name} must lie in [0, 1), not {getattr(preset, name)}.")
    for name in (
        *("queue", "noise_sd", "weight_decay"),
        *("neighbors", "min_communities", "min_steps"),
    ):
        if not 0 <= getattr(preset, name) < float("inf"):
            raise ClearError(f"Setting {name} must be 0 or more, not {getattr(preset, name)}.")


def _check_fixed_keys(preset) -> None:
    for name, (value, why) in FIXED_KEYS.items():
        if getattr(preset, name) != value and (name != "queue_start" or preset.queue):
            raise ClearError(
                f"With keys='components', setting {name} must be {value!r}, not "
                f"{getattr(preset, name)!r}: {why}."
            )
    if preset.own_share and preset.hidden_direction:
        raise ClearError(
            "With an own_share, setting hidden_direction must be False: a cell's own scores "
            "are added to the outputs of the last layer, not of the first. Or set own_share=0."
        )
    if preset.components > preset.n_latent:
        raise ClearError(
            f"With keys='components', setting components ({preset.components}) must be at most "
            f"n_latent ({preset.n_latent}): neighbours are searched on the first of the scores "
            "that are keys. Lower components, or raise n_latent."
        )


def _either(choices: tuple[str, ...]) -> str:
    return " or ".join(repr(choice) for choice in choices)
