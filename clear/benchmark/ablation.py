"""Method cards made from presets: one switch turned at a time, and all of them in a row."""

import dataclasses
from dataclasses import dataclass
from itertools import pairwise

from clear.benchmark.settings import CardError
from clear.benchmark.switches import switches
from clear.presets import PRESETS, Preset

# Far below what single precision can add to a weight: the encoder stays at its random start,
# to the last bit, and goes through the same code as every other one. The query encoder is the
# one to look at: the key encoder follows it, which changes its last bits.
UNTRAINED = {
    "epochs": 1,
    "min_steps": 0,
    "optimizer": "sgd",
    "learning_rate": 1e-30,
    "embedding_from": "query",
}


@dataclass(frozen=True)
class Arm:
    """A preset to train, and why.

    Attributes
    ----------
    design
        ``"anchor"``, a preset as it is; ``"untrained"``, its encoder at its random start;
        ``"single"``, the first anchor with one switch turned; ``"path"``, all switches so far
        turned; and those of :func:`clear.benchmark.variants.variants`.
    name
        The switch that was turned last, or the preset.
    towards
        The anchor that the switch comes from; empty in an anchor.
    change
        Settings of that switch with their values before and after.
    preset
        All settings.
    base
        The anchor whose card is changed.
    reference
        The preset that it is compared with; an anchor has none.
    """

    design: str
    name: str
    towards: str
    change: dict[str, tuple]
    preset: Preset
    base: str
    reference: Preset | None = None


def arms(names: list[str]) -> list[Arm]:
    """Return what is trained to get from one preset to the next.

    Returns
    -------
    list of Arm
        The anchors, untrained and trained; the first one with each switch of the second turned
        alone; the path. On its later legs the switches come in the opposite order, the optimiser
        first: it must leave what collapses before anything else can show. Of one preset only its
        anchor.
    """
    anchors = [PRESETS[name] for name in names]
    first, base = anchors[0], names[0]
    found = [
        Arm("untrained", anchor.name, "", {}, dataclasses.replace(anchor, **UNTRAINED), base)
        for anchor in anchors
    ]
    found += [Arm("anchor", anchor.name, "", {}, anchor, base) for anchor in anchors]
    for target in anchors[1:2]:
        for switch in switches(first, target):
            turned = switch.turn(first)
            found.append(
                Arm("single", switch.name, target.name, switch.change, turned, base, first)
            )
    now = first
    for leg, (start, target) in enumerate(pairwise(anchors)):
        for switch in switches(start, target)[:: -1 if leg else 1]:
            before, now = now, switch.turn(now)
            found.append(Arm("path", switch.name, target.name, switch.change, now, base, before))
    return found


def ablation(arms: list[Arm], cards: dict[str, dict]) -> tuple[dict[str, dict], list[dict]]:
    """Return a method card for every arm that none of the given cards runs, and what is what.

    Parameters
    ----------
    arms
        Every ``base`` is the name of one of their anchors.
    cards
        All method cards.

    Returns
    -------
    dict
        The cards of the anchors and the generated ones, by id.
    list of dict
        One per arm: ``design``, ``name``, ``towards``, ``change``, ``method``, the id of the
        card that runs it, and ``reference``, that of the card that it is compared with. Arms with
        the same settings share a card.

    Raises
    ------
    CardError
        When no card runs a preset as it is.
    """
    by_settings, chosen, records = {}, {}, []
    for name in [arm.name for arm in arms if arm.design == "anchor"]:
        found = [card for card in cards.values() if _runs(card) == (name, {})]
        if not found:
            raise CardError(f"ablation: no method card runs the preset '{name}' as it is.")
        by_settings[_key(PRESETS[name])] = found[0]
    for arm in arms:
        key = _key(arm.preset)
        if key not in by_settings:
            by_settings[key] = _card(by_settings[_key(PRESETS[arm.base])], arm)
        card = by_settings[key]
        chosen[card["id"]] = card
        reference = by_settings[_key(arm.reference)]["id"] if arm.reference else None
        record = {key: getattr(arm, key) for key in ("design", "name", "towards", "change")}
        records.append(record | {"method": card["id"], "reference": reference})
    return chosen, records


def _card(base: dict, arm: Arm) -> dict:
    first = PRESETS[base["settings"]["preset"]]
    before, after = dataclasses.asdict(first), dataclasses.asdict(arm.preset)
    changes = {key: after[key] for key in after if key != "name" and after[key] != before[key]}
    names = [arm.design, *([arm.towards] if arm.design == "path" else []), arm.name]
    if arm.design == "value":
        names += [_word(value) for _, value in arm.change.values()]
    words = {
        "untrained": f"untrained {arm.name}",
        "single": f"{first.name}, {arm.name}",
        "path": f"to {arm.towards}: + {arm.name}",
        "without": f"{first.name} without {arm.name}",
        "alone": f"{first.name}, {arm.name} alone",
        "value": f"{first.name}, {' '.join(names[1:])}",
    }
    return base | {
        "id": "_".join(["ablation", *names]).replace(" ", "_"),
        "title": words[arm.design],
        "script": base.get("script", base["id"]),
        "settings": base["settings"] | {"changes": changes},
        "notes": f"Made for the ablation: the preset {first.name} with the settings under changes.",
    }


def _word(value) -> str:
    return value if isinstance(value, str) else f"{value:g}"


def _runs(card: dict) -> tuple:
    return card["settings"].get("preset"), card["settings"].get("changes")


def _key(preset: Preset) -> str:
    return repr(dataclasses.replace(preset, name=""))
