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
        turned.
    name
        The switch that was turned last, or the preset.
    towards
        The anchor that the switch comes from; empty in an anchor.
    change
        Settings of that switch with their values before and after.
    preset
        All settings.
    """

    design: str
    name: str
    towards: str
    change: dict[str, tuple]
    preset: Preset


def arms(names: list[str]) -> list[Arm]:
    """Return what is trained to get from one preset to the next.

    Returns
    -------
    list of Arm
        The anchors, untrained and trained; the first one with each switch of the second turned
        alone; the path. On its later legs the switches come in the opposite order, the optimiser
        first: it must leave what collapses before anything else can show.
    """
    anchors = [PRESETS[name] for name in names]
    found = [
        Arm("untrained", anchor.name, "", {}, dataclasses.replace(anchor, **UNTRAINED))
        for anchor in anchors
    ]
    found += [Arm("anchor", anchor.name, "", {}, anchor) for anchor in anchors]
    for switch in switches(*anchors[:2]):
        turned = switch.turn(anchors[0])
        found.append(Arm("single", switch.name, anchors[1].name, switch.change, turned))
    now = anchors[0]
    for leg, (base, target) in enumerate(pairwise(anchors)):
        for switch in switches(base, target)[:: -1 if leg else 1]:
            now = switch.turn(now)
            found.append(Arm("path", switch.name, target.name, switch.change, now))
    return found


def ablation(names: list[str], cards: dict[str, dict]) -> tuple[dict[str, dict], list[dict]]:
    """Return a method card for every arm that none of the given cards runs, and what is what.

    Returns
    -------
    dict
        The cards of the anchors and the generated ones, by id.
    list of dict
        One per arm: ``design``, ``name``, ``towards``, ``change``, and ``method``, the id of the
        card that runs it. Arms with the same settings share a card.

    Raises
    ------
    CardError
        When no card runs a preset as it is.
    """
    by_settings, chosen, records = {}, {}, []
    for name in names:
        found = [card for card in cards.values() if _runs(card) == (name, {})]
        if not found:
            raise CardError(f"ablation: no method card runs the preset '{name}' as it is.")
        by_settings[_key(PRESETS[name])] = found[0]
    base = by_settings[_key(PRESETS[names[0]])]
    for arm in arms(names):
        card = by_settings.setdefault(_key(arm.preset), _card(base, arm))
        chosen[card["id"]] = card
        record = {key: getattr(arm, key) for key in ("design", "name", "towards", "change")}
        records.append(record | {"method": card["id"]})
    return chosen, records


def _card(base: dict, arm: Arm) -> dict:
    first = PRESETS[base["settings"]["preset"]]
    before, after = dataclasses.asdict(first), dataclasses.asdict(arm.preset)
    changes = {key: after[key] for key in after if key != "name" and after[key] != before[key]}
    names = [arm.design, *([arm.towards] if arm.design == "path" else []), arm.name]
    words = {"untrained": f"untrained {arm.name}", "single": f"{first.name}, {arm.name}"}
    return base | {
        "id": "_".join(["ablation", *names]).replace(" ", "_"),
        "title": words.get(arm.design, f"to {arm.towards}: + {arm.name}"),
        "settings": base["settings"] | {"changes": changes},
        "notes": f"Made for the ablation: the preset {first.name} with the settings under changes.",
    }


def _runs(card: dict) -> tuple:
    return card["settings"].get("preset"), card["settings"].get("changes")


def _key(preset: Preset) -> str:
    return repr(dataclasses.replace(preset, name=""))
