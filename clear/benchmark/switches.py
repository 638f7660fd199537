"""What differs between two presets, as switches that can be turned one at a time."""

import dataclasses
from dataclasses import dataclass, field

from clear.errors import ClearError
from clear.presets import Preset

# Settings that mean little without each other. A learning rate belongs to its optimiser and to
# its schedule: Adam at SGD's rate, or a rate of 1 that never falls, is nobody's proposal. How
# strong a step of the augmentation is lies in its fractions and probabilities together. What is
# not listed is a switch of its own, so that a new setting needs no entry here.
#
# The order is that of the cumulative path: from the data to the loss to the training. The
# optimiser comes last, since at the paper's rate a training may collapse, and whatever were
# turned after it would show nothing. The way on to the recommended preset is the reverse: there
# the loss and the positives come after it, on a training that works.
GROUPS = {
    "positives": ("neighbors", "components", "walk_length", "min_communities", "neighborhood"),
    "masking": ("mask_fraction", "mask_probability"),
    "noise": ("noise_fraction", "noise_sd", "noise_probability"),
    "swapping": ("swap_fraction", "swap_probability"),
    "crossover with one": ("crossover_fraction", "crossover_probability"),
    "crossover with many": ("crossover_many_fraction", "crossover_many_probability"),
    "exact fractions": ("exact_fractions",),
    "swaps with replacement": ("swap_with_replacement",),
    "crossover writes back": ("crossover_writes_back",),
    "own donor": ("own_donor",),
    "repeated augmentations": ("repeat_augmentations",),
    # Fixed keys are for the spectral loss in one direction, and for outputs of both signs.
    "loss": ("loss", "symmetrical_loss", "keys", "own_share", "last_relu"),
    "batch negatives": ("batch_negatives",),
    "queue length": ("queue", "queue_limit"),
    "queue start": ("queue_start",),
    "temperature": ("temperature",),
    "momentum of the key encoder": ("momentum",),
    "encoder": ("hidden_nodes", "n_latent"),
    "embedding": ("embedding_from", "unit_embedding", "hidden_direction"),
}
LAST = {
    "minibatches": ("batch_size", "drop_last"),
    "epochs": ("epochs", "min_steps"),
    "optimiser": (
        "optimizer",
        "learning_rate",
        "schedule",
        "adam_beta1",
        "adam_beta2",
        "adam_epsilon",
        "sgd_momentum",
        "weight_decay",
    ),
}


@dataclass(frozen=True)
class Switch:
    """Settings that are turned together.

    Attributes
    ----------
    name
        What the switch is called in tables and figures: its only setting, or the group.
    change
        For each of its settings that differs the value before and after.
    """

    name: str
    change: dict[str, tuple] = field(hash=False)

    def turn(self, preset: Preset) -> Preset:
        """Return ``preset`` with the settings of the switch changed and nothing else.

        Raises
        ------
        ClearError
            When the preset cannot be without another change.
        """
        try:
            return dataclasses.replace(
                preset, **{name: to for name, (_, to) in self.change.items()}
            )
        except ClearError as error:
            raise ClearError(
                f"The switch {self.name!r} cannot be turned in preset {preset.name!r}: {error} "
                "Put the settings that need each other into one group in "
                "clear/benchmark/switches.py."
            ) from error


def switches(base: Preset, target: Preset) -> list[Switch]:
    """Return the switches that lead from one preset to another, in the order of a path.

    Returns
    -------
    list of Switch
        Each setting that differs is in exactly one of them.
    """
    before, after = dataclasses.asdict(base), dataclasses.asdict(target)
    grouped = {name for names in (GROUPS | LAST).values() for name in names}
    own = {name.replace("_", " "): (name,) for name in before if name not in grouped | {"name"}}
    groups = {switch: list(names) for switch, names in (GROUPS | own | LAST).items()}
    for home, bound in _bound(base, target).items():
        for names in groups.values():
            names[:] = [name for name in names if name not in bound]
        groups[home] += bound
    found = []
    for switch, names in groups.items():
        change = {n: (before[n], after[n]) for n in names if before[n] != after[n]}
        if change:
            alone = next(iter(change)).replace("_", " ")
            found.append(Switch(alone if len(change) == 1 else switch, change))
    return found


def _bound(base: Preset, target: Preset) -> dict[str, list[str]]:
    """Return, by switch, settings that one of the two presets cannot have, or use, without more."""
    loss = [*GROUPS["loss"], "embedding_from", "hidden_direction", "momentum"]
    queue = [*GROUPS["queue length"], "queue_start", "batch_negatives"]
    keys_differ, without_queue = base.keys != target.keys, not (base.queue and target.queue)
    if keys_differ and without_queue and base.queue_start != target.queue_start:
        return {"loss": loss + queue}
    return ({"loss": loss} if keys_differ else {}) | (
        {"queue length": queue} if without_queue else {}
    )
