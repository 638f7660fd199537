"""The presets that an ablation trains: anchors, one switch at a time, and all in a row."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from clear.benchmark.ablation.switches import Switch, settings_hash, switches
from clear.presets import Preset

DATASETS = ("yan", "deng", "pollen", "kolodziejczyk_subset", "baron_mouse", "cellmix5")
ANCHORS = ("released", "paper", "recommended")
# Far below what single precision can add to a weight: the encoder stays at its random start,
# to the last bit, and goes through the same code as every other one.
NO_RATE = 1e-30


@dataclass(frozen=True)
class Arm:
    """A preset to train, and why.

    Attributes
    ----------
    design
        ``"anchor"``, a preset as it is or its encoder without training; ``"single"``, the first
        anchor with one switch turned; ``"path"``, all switches so far turned.
    name
        The switch that was turned, or the preset.
    preset
        All settings.
    switch
        What was turned last; None in an anchor.
    towards
        The anchor that the switch comes from; empty in an anchor.
    """

    design: str
    name: str
    preset: Preset
    switch: Switch | None = None
    towards: str = ""

    @property
    def key(self) -> str:
        """Hash of the settings. Arms of two designs may share it, and then share their runs."""
        return settings_hash(self.preset)


def plan(presets: Mapping[str, Preset]) -> list[Arm]:
    """Return the arms of the ablation from ``released`` to ``paper`` to ``recommended``.

    Parameters
    ----------
    presets
        Presets by name, :data:`clear.presets.PRESETS`; one that is not there is left out.

    Returns
    -------
    list of Arm
        The anchors, what was never trained first; ``released`` with each switch turned to the
        paper's value alone; the cumulative path. On its second leg the switches come in the
        opposite order, the optimiser first: it must leave what collapses before anything else
        can show.
    """
    anchors = [presets[name] for name in ANCHORS if name in presets]
    arms = [
        Arm("anchor", f"untrained ({preset.name})", untrained(preset))
        for preset in anchors
        if preset.name != "paper"  # its encoder starts as the released one does
    ]
    arms += [Arm("anchor", preset.name, preset) for preset in anchors]
    for switch in switches(*anchors[:2]):
        arms.append(Arm("single", switch.name, switch.turn(anchors[0]), switch, anchors[1].name))
    now = anchors[0]
    for leg, (base, target) in enumerate(pairwise(anchors)):
        for switch in switches(base, target)[:: -1 if leg else 1]:
            now = switch.turn(now)
            arms.append(Arm("path", switch.name, now, switch, target.name))
    return arms


def untrained(preset: Preset) -> Preset:
    """Return the preset whose encoder stays as it starts: one epoch at no learning rate.

    The query encoder is what is looked at: the key encoder follows it, which changes nothing
    but the last bits.
    """
    return dataclasses.replace(
        preset, epochs=1, optimizer="sgd", learning_rate=NO_RATE, embedding_from="query"
    )
