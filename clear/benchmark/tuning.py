"""Method cards made from the grid that a card declares, with the same budget for every method."""

import itertools

from clear.benchmark.settings import CardError
from clear.benchmark.yaml_file import short

BUDGET = 6  # configurations of a method at most, with the one on its card


def tuned(cards: dict[str, dict]) -> tuple[dict[str, dict], list[dict]]:
    """Return a card for every other configuration of these methods, and what is what.

    Parameters
    ----------
    cards
        Method cards by id. ``tuning`` has a list of values for each setting, or for each key of a
        setting that is a mapping, as ``changes`` of CLEAR is; the grid is their product.

    Returns
    -------
    dict
        The generated cards by id, such as ``scvi_tuning_1``.
    list of dict
        One per configuration: ``base``, the method; ``method``, the card that runs it; ``settings``
        in words, empty for those of the card. A method without a grid has one configuration.

    Raises
    ------
    CardError
        When a grid is larger than the budget.
    """
    found, records = {}, []
    for name, card in cards.items():
        records.append({"base": name, "method": name, "settings": ""})
        changes = [c for c in _grid(card.get("tuning") or {}) if _with(card, c) != card["settings"]]
        if len(changes) >= BUDGET:
            raise CardError(
                f"{short(card['_file'])}: tuning: {len(changes)} configurations and that of the "
                f"card are more than {BUDGET}, the budget of every method; take values out."
            )
        for i, change in enumerate(changes, 1):
            words = ", ".join(f"{path[-1]} {value}" for path, value in change.items())
            own = f"{name}_tuning_{i}"
            notes = f"Made for tuning: {name} with {words}."
            new = {"id": own, "title": f"{card.get('title') or name}, {words}", "notes": notes}
            script = card.get("script", name)
            found[own] = card | new | {"settings": _with(card, change), "script": script}
            records.append({"base": name, "method": own, "settings": words})
    return found, records


def _grid(tuning: dict) -> list[dict[tuple, object]]:
    """Return every combination of values by the paths of their settings."""
    values = {}
    for setting, choices in tuning.items():
        if isinstance(choices, dict):
            values |= {(setting, key): inner for key, inner in choices.items()}
        else:
            values[setting,] = choices
    combinations = itertools.product(*values.values())
    return [dict(zip(values, chosen, strict=True)) for chosen in combinations] if values else []


def _with(card: dict, change: dict[tuple, object]) -> dict:
    """Return the settings of a card with some of them changed."""
    settings = dict(card["settings"])
    for (setting, *key), value in change.items():
        settings[setting] = {**settings.get(setting, {}), key[0]: value} if key else value
    return settings
