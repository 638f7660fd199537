"""The presets, and single settings of them changed.

What a preset is stands in :mod:`clear.presets.preset`, what its settings can be in
:mod:`clear.presets.values`.
"""

import dataclasses
import difflib

from clear.effect import refuse_without_effect
from clear.errors import ClearError
from clear.presets.preset import Preset

PAPER = Preset()

# The defaults of the released program. Its README uses learning rates of 0.01 and 1 and the cosine
# schedule. Its seed does not reach the augmentations (it seeds PyTorch and random, they draw from
# NumPy); here every random number comes from the seed. Its key encoder is updated before an
# optimiser step, here after it, so that the embedding is one update, a thousandth of the
# distance, ahead.
RELEASED = Preset(
    name="released",
    embedding_from="key",
    noise_sd=0.5,
    exact_fractions=True,
    swap_with_replacement=True,
    crossover_writes_back=True,
    own_donor=True,
    repeat_augmentations=True,
    symmetrical_loss=False,
    batch_negatives=False,
    queue_limit="one_batch",
    queue_start="random",
    drop_last=True,
    epochs=100,
    learning_rate=5e-3,
    schedule="drops",
    optimizer="sgd",
    weight_decay=1e-6,
)

# Chosen on the development sets (docs/presets.md): the keys are principal component scores of cells
# four steps away on a graph of shared neighbours, so that the encoder learns their mean there.
RECOMMENDED = Preset(
    name="recommended",
    hidden_nodes=128,
    n_latent=50,
    last_relu=False,
    standardised_input=True,
    unit_embedding=False,
    keys="components",
    own_share=0.5,
    components=20,
    neighbors=15,
    walk_length=4,
    loss="spectral",
    symmetrical_loss=False,
    queue=0,
    drop_last=True,  # of few cells the loss has no minimum, of one it has no negatives
    epochs=10,
    min_steps=300,
    learning_rate=5e-4,
)

# What "recommended" was before (docs/presets.md): positives from long walks over shared neighbours,
# the spectral loss in one direction, an encoder of an eighth of the width, of whose output only the
# length enters the embedding.
GRAPH_DIFFUSION = Preset(
    name="graph_diffusion",
    hidden_nodes=128,
    last_relu=False,
    standardised_input=True,
    unit_embedding=False,
    hidden_direction=True,
    neighbors=5,
    min_communities=5,
    loss="spectral",
    symmetrical_loss=False,
    momentum=0.9,
    queue=0,
    epochs=10,
    min_steps=1000,
    learning_rate=5e-4,
)

PRESETS = {preset.name: preset for preset in (RECOMMENDED, PAPER, RELEASED, GRAPH_DIFFUSION)}


def get_preset(name: str, **changes) -> Preset:
    """Return the preset called ``name``, with single settings changed.

    Raises
    ------
    ClearError
        When there is no such preset or setting, or a value is invalid or has no effect beside the
        others; the message suggests a similar name.
    """
    if name not in PRESETS:
        raise ClearError(f"There is no preset {name!r}; {_nearest(name, PRESETS)}")
    settings = [field.name for field in dataclasses.fields(Preset) if field.name != "name"]
    for setting in changes:
        if setting not in settings:
            hint = _nearest(setting, settings)
            raise ClearError(f"A preset has no setting {setting!r}; {hint}")
    changed = dataclasses.replace(PRESETS[name], **changes) if changes else PRESETS[name]
    refuse_without_effect(changed, PRESETS)
    return changed


def _nearest(name: str, known) -> str:
    near = difflib.get_close_matches(str(name), known, n=1)
    return f"did you mean {near[0]!r}?" if near else f"choose one of: {', '.join(known)}."
