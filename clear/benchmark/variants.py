"""Variants of one preset: augmentations removed or alone, and other values of single settings."""

import dataclasses

from clear.benchmark.ablation import UNTRAINED, Arm
from clear.benchmark.settings import CardError, nearest
from clear.errors import ClearError
from clear.presets import PRESETS

AUGMENTATIONS = {
    "masking": "mask_probability",
    "noise": "noise_probability",
    "swapping": "swap_probability",
    "crossover with one": "crossover_probability",
    "crossover with many": "crossover_many_probability",
}


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
        For a setting that the preset does not have, or cannot have at this value.
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
    known = [field.name for field in dataclasses.fields(preset) if field.name != "name"]
    for setting, choices in values.items():
        if setting not in known:
            raise CardError(
                f"variants.{name}: a preset has no setting '{setting}'.{nearest(setting, known)}"
            )
        others = [value for value in choices if value != getattr(preset, setting)]
        changes += [("value", setting.replace("_", " "), {setting: value}) for value in others]
    untrained = dataclasses.replace(preset, **UNTRAINED)
    arms = [Arm("untrained", name, "", {}, untrained, name)]
    arms += [Arm("anchor", name, "", {}, preset, name)]
    for design, word, change in changes:
        try:
            changed = dataclasses.replace(preset, **change)
        except (ClearError, TypeError) as error:
            raise CardError(f"variants.{name}: {error}") from None
        pairs = {key: (getattr(preset, key), value) for key, value in change.items()}
        arms.append(Arm(design, word, "", pairs, changed, name, preset))
    return arms
