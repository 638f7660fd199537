"""Settings that change nothing beside the others: refused before a training, not wondered at after.

Only values that somebody has set are refused. What a preset has anyway may stay where it counts no
longer: ``recommended`` with ``neighbors=0`` need not be told another ``walk_length``.
"""

from collections.abc import Mapping
from dataclasses import fields

from clear.errors import ClearError

# Settings of each step of the augmentation beside its probability.
STEPS = {
    "mask": ("mask_fraction",),
    "noise": ("noise_fraction", "noise_sd"),
    "swap": ("swap_fraction", "swap_with_replacement"),
    "crossover": ("crossover_fraction", "crossover_writes_back"),
    "crossover_many": ("crossover_many_fraction",),
}
NUMBER_OF_GENES = ("mask", "noise", "crossover", "crossover_many")  # for exact_fractions
ADAM = ("adam_beta1", "adam_beta2", "adam_epsilon")
OF_WALKS = ("components", "neighborhood", "walk_length", "min_communities")


def without_effect(preset, batches: bool = False) -> dict[str, tuple[str, str]]:
    """Return the settings that change nothing beside the others of a preset.

    Parameters
    ----------
    preset
        A :class:`clear.presets.Preset`.
    batches
        Whether the training is told batches.

    Returns
    -------
    dict
        By name of the setting: beside what it changes nothing, and what would let it count.
    """
    found = {}

    def idle(names, beside: str, instead: str) -> None:
        found.update({name: (beside, instead) for name in names})

    if preset.keys == "components":
        idle(["momentum"], "keys='components'", "set keys='encoder'")
    if preset.loss == "spectral":
        idle(["temperature"], "loss='spectral'", "set loss='info_nce'")
    if not preset.queue:
        idle(["queue_limit", "queue_start"], "queue=0", "set queue above 0")
    if preset.optimizer == "adam":
        idle(["sgd_momentum"], "optimizer='adam'", "set optimizer='sgd'")
    else:
        idle(ADAM, "optimizer='sgd'", "set optimizer='adam'")
    if not preset.neighbors:
        idle(OF_WALKS, "neighbors=0", "set neighbors above 0")
    elif preset.walk_length == 1:
        idle(["min_communities"], "walk_length=1", "set walk_length above 1")
    if batches:
        for name in ("own_share", "hidden_direction"):
            idle([name], "batch_key", "leave out batch_key")

    off = {step: _switched_off(preset, step) for step in STEPS}
    for step, by in off.items():
        if by:
            others = {f"{step}_probability", *STEPS[step]} - {by}
            idle(others, f"{by}=0", f"set {by} above 0")
    for name, steps in {
        "own_donor": ("crossover", "crossover_many"),
        "exact_fractions": NUMBER_OF_GENES,
        "repeat_augmentations": STEPS,
    }.items():
        if all(off[step] for step in steps):
            names = ", ".join(f"{off[step]}=0" for step in steps)
            idle([name], names, "set one of these above 0")
    return found


def refuse_without_effect(preset, presets: Mapping, batches: bool = False) -> None:
    """Raise a ClearError where what somebody has set, a value or batches, changes nothing.

    Parameters
    ----------
    preset, batches
        As for :func:`without_effect`.
    presets
        All presets by name. A value is not somebody's where it is that of the preset of the same
        name, or if there is none of the one that is most alike, or the default.
    """
    if batches and not preset.neighbors:
        raise ClearError(
            f"The preset {preset.name!r} has no neighbours (neighbors=0) to seek in other batches: "
            "leave out batch_key, or use the preset 'recommended'."
        )
    for name, (beside, instead) in without_effect(preset, batches).items():
        if is_set(preset, name, presets):
            usual = getattr(_origin(preset, presets), name)
            raise ClearError(
                f"Setting {name} ({getattr(preset, name)!r}) has no effect with {beside}: leave it "
                f"at {usual!r}, or {instead}."
            )


def is_set(preset, name: str, presets: Mapping) -> bool:
    """Return whether somebody has set a setting: it has neither its origin's value nor the default.

    ``preset`` and ``presets`` as for :func:`refuse_without_effect`.
    """
    default = next(field.default for field in fields(preset) if field.name == name)
    return getattr(preset, name) not in (default, getattr(_origin(preset, presets), name))


def _origin(preset, presets: Mapping):
    """Return the preset that this one was made from."""

    def alike(other) -> int:
        names = [field.name for field in fields(other)]
        return sum(getattr(preset, name) == getattr(other, name) for name in names)

    return presets.get(preset.name) or max(presets.values(), key=alike)


def _switched_off(preset, step: str) -> str | None:
    """Return the setting that switches a step of the augmentation off, if one does."""
    names = (f"{step}_probability", f"{step}_fraction", *(["noise_sd"] if step == "noise" else []))
    return next((name for name in names if not getattr(preset, name)), None)
