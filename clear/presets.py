"""Presets: every number of the method in one frozen place."""

import dataclasses
import difflib

from clear.errors import ClearError

CHOICES = {
    "embedding_from": ("query", "key"),
    "queue_limit": ("two_per_cell", "one_batch"),
    "queue_start": ("empty", "random"),
    "schedule": ("cosine", "cosine_by_epoch", "drops"),
    "optimizer": ("adam", "sgd"),
    "loss": ("info_nce", "spectral"),
}


@dataclasses.dataclass(frozen=True)
class Preset:
    """All settings of CLEAR but the seed and the device.

    The defaults are the Methods section of the paper (Han et al., Briefings in
    Bioinformatics 2022); "released" below is the paper's public code (github.com/ml4bio/CLEAR,
    commit ceda5fa). Change single settings with
    ``dataclasses.replace(RECOMMENDED, epochs=20)``.

    Attributes
    ----------
    name
        What the preset is called in ``adata.uns["clear"]``.
    hidden_nodes
        Nodes of the first fully connected layer.
    n_latent
        Nodes of the second layer: the dimensions of the embedding, unless ``hidden_direction``.
    last_relu
        Whether a ReLU follows the second layer too. The paper applies ReLU "after the linear
        transformation" without excepting the last one, so ``True``.
    standardised_input
        Whether the first layer takes each gene as its difference from the mean, divided by its
        standard deviation (:class:`clear.model.encoder.StandardisedLinear`).
    unit_embedding
        Whether ``transform`` returns rows of unit length, as they enter equation 1. The loss
        knows the direction of an embedding only; the paper does not say what its k-means saw.
    hidden_direction
        Whether the rows that ``transform`` returns point where the first layer does, after its
        ReLU, and only have the length of the output: ``hidden_nodes`` dimensions. What the
        loss has no use for, above all which clusters of cells are alike, the first layer keeps
        and the last one loses.
    embedding_from
        Whose output the embedding is: ``"query"``, the encoder that learns ("the final
        productive network" of the paper), or ``"key"``, the momentum encoder that follows it
        (released).
    mask_fraction, mask_probability
        Step 1: expected share of a cell's genes set to zero; probability that the step is
        executed for a cell.
    noise_fraction, noise_sd, noise_probability
        Step 2: expected share of genes that get Gaussian noise; its standard deviation, in
        the units of the input (log1p); probability of execution. The released standard
        deviation is 0.5, whatever its option says.
    swap_fraction, swap_probability
        Step 3: share of genes whose values are exchanged in pairs; probability of execution.
    crossover_fraction, crossover_probability
        Step 4: expected share of genes taken from one other cell; probability of execution.
    crossover_many_fraction, crossover_many_probability
        Step 5: expected share of genes taken from other cells, drawn for each gene;
        probability of execution.
    exact_fractions
        Whether steps 1, 2, 4 and 5 change exactly ``int(fraction * genes)`` genes of a cell
        (released) and not each gene with that probability.
    swap_with_replacement
        Whether the genes of all pairs of step 3 are drawn independently (released): a gene may
        then be in several pairs, the last of which counts, so that values get lost or doubled.
    crossover_writes_back
        Whether step 4 is an exchange: the other cell gets what it gives away replaced, in the
        profiles from which steps 4 and 5 take genes. The profiles that are augmented stay
        clean, and each epoch starts clean, since the released code augments in a process that
        is started anew for each epoch.
    own_donor
        Whether the "other" cell of steps 4 and 5 may be the cell itself (released).
    repeat_augmentations
        Whether all epochs draw the same random numbers in the augmentations, though for other
        cells. The released code does so in its published environment (PyTorch 1.8 with NumPy:
        the process of each epoch inherits the same state).
    neighbors
        Positives beyond the same cell: 0, and the positive of a cell is another augmentation of
        itself (the paper); or so many nearest neighbours of each cell, over which a random walk
        leads to the cell whose augmentation is the positive (:mod:`clear.model.neighbours`).
    walk_length
        Steps of that walk.
    min_communities
        The walk is shorter where it would otherwise forget too much: it has as many steps as
        leave this many communities of a neighborhood apart, one at least
        (:func:`clear.model.neighbours.informative_length`). 0: ``walk_length`` whatever it leaves.
    neighborhood
        Cells of the random groups in which neighbours are sought, at most.
    loss
        ``"info_nce"``, equation 1 on embeddings of unit length, or ``"spectral"``, the spectral
        contrastive loss of HaoChen et al. (2021) on embeddings as they are.
    symmetrical_loss
        Whether both augmentations of a cell are anchors (equation 2). If not, the first one is
        compared with the key of the second one only (released).
    batch_negatives
        Whether the keys of the other cells of the minibatch are negatives, beside the queue.
    temperature
        tau of equation 1; the spectral loss has none.
    momentum
        m of equation 3, per optimiser step.
    queue
        Keys of past minibatches kept as negatives. The paper names no number; 1024 is the
        released code's.
    queue_limit
        What small data do to the queue. ``"two_per_cell"``: it is never longer. ``"one_batch"``:
        with fewer cells than ``batch_size`` it is as long as there are cells, else as ``queue``
        says (released).
    queue_start
        ``"empty"``, so that every negative is a cell, or ``"random"`` directions (released).
    batch_size
        N: cells in a minibatch (twice as many augmented samples). The paper names no number;
        512 is the released code's. Never more than there are cells.
    drop_last
        Whether the last minibatch of an epoch is left out when it is smaller (released).
    epochs
        Passes over all cells.
    min_steps
        Steps of the optimiser that a training has at least: few cells are passed over more
        often than ``epochs`` says.
    learning_rate
        Rate of the optimiser at the first step.
    schedule
        What becomes of it: ``"cosine"``, half a cosine to zero, step by step;
        ``"cosine_by_epoch"``, the same but constant within an epoch (released with ``--cos``,
        as in its README); ``"drops"``, divided by 10 after 100 and again after 120 epochs
        (released without it: constant in its 100 epochs).
    optimizer
        ``"adam"`` or ``"sgd"`` (released).
    adam_beta1, adam_beta2, adam_epsilon
        Adam's other numbers. The paper names none; these are the optimiser's usual ones.
    sgd_momentum
        Share of the last step's direction that SGD keeps.
    weight_decay
        Multiple of the weights and biases that is added to their gradient; released: 1e-6.
    """

    name: str = "paper"
    hidden_nodes: int = 1024
    n_latent: int = 128
    last_relu: bool = True
    standardised_input: bool = False
    unit_embedding: bool = True
    hidden_direction: bool = False
    embedding_from: str = "query"
    mask_fraction: float = 0.2
    mask_probability: float = 0.5
    noise_fraction: float = 0.8
    noise_sd: float = 0.2
    noise_probability: float = 0.5
    swap_fraction: float = 0.1
    swap_probability: float = 0.5
    crossover_fraction: float = 0.25
    crossover_probability: float = 0.5
    crossover_many_fraction: float = 0.25
    crossover_many_probability: float = 0.5
    exact_fractions: bool = False
    swap_with_replacement: bool = False
    crossover_writes_back: bool = False
    own_donor: bool = False
    repeat_augmentations: bool = False
    neighbors: int = 0
    walk_length: int = 32
    min_communities: int = 0
    neighborhood: int = 2048
    loss: str = "info_nce"
    symmetrical_loss: bool = True
    batch_negatives: bool = True
    temperature: float = 0.2
    momentum: float = 0.999
    queue: int = 1024
    queue_limit: str = "two_per_cell"
    queue_start: str = "empty"
    batch_size: int = 512
    drop_last: bool = False
    epochs: int = 200
    min_steps: int = 0
    learning_rate: float = 1.0
    schedule: str = "cosine"
    optimizer: str = "adam"
    adam_beta1: float = 0.9
    adam_beta2: float = 0.999
    adam_epsilon: float = 1e-8
    sgd_momentum: float = 0.9
    weight_decay: float = 0.0

    def __post_init__(self):
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if field.type is int and (not isinstance(value, int) or isinstance(value, bool)):
                raise ClearError(f"Setting {field.name} must be a whole number, not {value!r}.")
            if field.type is bool and not isinstance(value, bool):
                raise ClearError(f"Setting {field.name} must be True or False, not {value!r}.")
            if field.type is float and not isinstance(value, int | float):
                raise ClearError(f"Setting {field.name} must be a number, not {value!r}.")
            if field.name.endswith(("_fraction", "_probability")) and not 0 <= value <= 1:
                raise ClearError(f"Setting {field.name} must lie between 0 and 1, not {value!r}.")
        for name, choices in CHOICES.items():
            value = getattr(self, name)
            if value not in choices:
                raise ClearError(f"Setting {name} must be {_either(choices)}, not {value!r}.")
        for name in ("n_latent", "hidden_nodes", "batch_size", "epochs", "walk_length"):
            if getattr(self, name) < 1:
                raise ClearError(f"Setting {name} must be at least 1, not {getattr(self, name)}.")
        for name in ("temperature", "learning_rate", "adam_epsilon"):
            if not 0 < getattr(self, name) < float("inf"):
                raise ClearError(f"Setting {name} must be above 0, not {getattr(self, name)}.")
        for name in ("momentum", "adam_beta1", "adam_beta2", "sgd_momentum"):
            if not 0 <= getattr(self, name) < 1:
                raise ClearError(f"Setting {name} must lie in [0, 1), not {getattr(self, name)}.")
        for name in (
            *("queue", "noise_sd", "weight_decay"),
            *("neighbors", "min_communities", "min_steps"),
        ):
            if not 0 <= getattr(self, name) < float("inf"):
                raise ClearError(f"Setting {name} must be 0 or more, not {getattr(self, name)}.")
        if self.neighborhood <= 2 * self.neighbors:
            raise ClearError(
                f"Setting neighborhood must be more than twice neighbors ({self.neighbors}), not "
                f"{self.neighborhood}."
            )
        if not self.queue and not self.batch_negatives:
            raise ClearError("Without batch_negatives, setting queue must be at least 1.")

    @property
    def dimensions(self) -> int:
        """Columns of the embedding."""
        return self.hidden_nodes if self.hidden_direction else self.n_latent

    def steps_per_epoch(self, cells: int) -> int:
        """Return how many minibatches so many cells make."""
        batch_size = min(self.batch_size, cells)
        return cells // batch_size if self.drop_last else -(-cells // batch_size)

    def for_cells(self, cells: int) -> "Preset":
        """Return the settings with as many epochs as so many cells need for ``min_steps``."""
        enough = -(-self.min_steps // self.steps_per_epoch(cells))
        return dataclasses.replace(self, epochs=max(self.epochs, enough))


def _either(choices: tuple[str, ...]) -> str:
    return " or ".join(repr(choice) for choice in choices)


PAPER = Preset()

# The options of the released program where none is given. Its README calls it with learning
# rates of 0.01 and 1 and with the cosine. Its seed does not reach the augmentations (it seeds
# PyTorch and random, they draw from NumPy); here every random number comes from the seed.
# Its key encoder follows the query encoder before a step and here after it, so that the
# embedding is one such step, a thousandth of the distance, ahead.
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

# Found on small data sets (docs/presets.md): positives from walks over shared neighbours, the
# spectral loss, one direction of it, an encoder of an eighth of the width, and of its output
# only the length.
RECOMMENDED = Preset(
    name="recommended",
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

PRESETS = {preset.name: preset for preset in (RECOMMENDED, PAPER, RELEASED)}


def get_preset(name: str, **changes) -> Preset:
    """Return the preset called ``name``, with single settings changed.

    Raises
    ------
    ClearError
        When there is no such preset or setting, or a value cannot be; the message names the
        nearest name.
    """
    if name not in PRESETS:
        raise ClearError(f"There is no preset {name!r}; {_nearest(name, PRESETS)}")
    settings = [field.name for field in dataclasses.fields(Preset) if field.name != "name"]
    for setting in changes:
        if setting not in settings:
            hint = _nearest(setting, settings)
            raise ClearError(f"A preset has no setting {setting!r}; {hint}")
    return dataclasses.replace(PRESETS[name], **changes) if changes else PRESETS[name]


def _nearest(name: str, known) -> str:
    near = difflib.get_close_matches(str(name), known, n=1)
    return f"did you mean {near[0]!r}?" if near else f"choose one of: {', '.join(known)}."
