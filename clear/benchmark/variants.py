"""Variants of one preset: augmentations removed or alone, and other values of single settings."""

import dataclasses
from collections.abc import Callable

from clear.benchmark.ablation import UNTRAINED, Arm, ablation, arms
from clear.benchmark.settings import CardError, nearest
from clear.errors import ClearError
from clear.presets import PRESETS, get_preset

AUGMENTATIONS = {
    "masking": "mask_probability",
    "noise": "noise_probability",
    "swapping": "swap_probability",
    "crossover with one": "crossover_probability",
    "crossover with many": "crossover_many_probability",
}


def generated_methods(
    names: list[str], values: dict[str, dict], cards: Callable[[], dict[str, dict]]
) -> tuple[dict[str, dict], list[dict]]:
    """Return the cards that an ablation of presets and variants of one need, and what each is for.

    Parameters
    ----------
    names, values
        The settings ``ablation`` and ``variants`` of a run.
    cards
        Reads all method cards.
    """
    wanted = arms(names) if names else []
    for name, choices in values.items():
        there = {(arm.design, arm.name) for arm in wanted}
        wanted += [arm for arm in variants(name, choices) if (arm.design, arm.name) not in there]
    return ablation(wanted, cards()) if wanted else ({}, [])


def variants(name: str, values: dict[str, list]) -> list[Arm]:
    """Return a preset untrained and as it is, and each of its variants.

    Parameters
    ----------
    name
        The preset.
    values
        Other values of its settings, tried one at a time.

    Returns
    -------
    list of Arm
        Designs ``"untrained"`` and ``"anchor"``; ``"without"`` an augmentation, or all of them;
        an augmentation ``"alone"``; a setting at another ``"value"``. The preset's own value is
        passed over: it is the anchor.

    Raises
    ------
    CardError
        For a setting that the preset does not have, cannot have at this value, or that changes
        nothing in it.
    """
    preset = PRESETS[name]
    used = {word: key for word, key in AUGMENTATIONS.items() if getattr(preset, key)}
    off = {word: {key: 0.0} for word, key in used.items()}
    none = {key: 0.0 for key in used.values()}
    changes = [("without", word, change) for word, change in off.items()]
    changes += [("without", "augmentations", none)]
    changes += [
        ("alone", word, {other: 0.0 for other in used.values() if other != key})
        for word, key in used.items()
    ]
    known = {f.name: f.type for f in dataclasses.fields(preset) if f.name != "name"}
    for setting, choices in values.items():
        if setting not in known:
            raise CardError(
                f"variants.{name}: a preset has no setting '{setting}'.{nearest(setting, known)}"
            )
        typed = [_typed(value, known[setting]) for value in choices]
        others = [value for value in typed if value != getattr(preset, setting)]
        changes += [("value", setting.replace("_", " "), {setting: value}) for value in others]
    untrained = dataclasses.replace(preset, **UNTRAINED)
    arms = [Arm("untrained", name, "", {}, untrained, name)]
    arms += [Arm("anchor", name, "", {}, preset, name)]
    for design, word, change in changes:
        try:
            changed = get_preset(name, **change)
        except (ClearError, TypeError) as error:
            raise CardError(f"variants.{name}: {error}") from None
        pairs = {key: (getattr(preset, key), value) for key, value in change.items()}
        arms.append(Arm(design, word, "", pairs, changed, name, preset))
    return arms


def _typed(value, kind: type):
    """Return a value from the command line, where all numbers are alike and all else is text."""
    if kind is int and isinstance(value, float) and value.is_integer():
        return int(value)
    return {"true": True, "false": False}.get(value, value) if kind is bool else value
