"""Presets: every number of the method in one frozen place."""

import dataclasses
import difflib

from clear.errors import ClearError


@dataclasses.dataclass(frozen=True)
class Preset:
    """All settings of CLEAR but the seed and the device.

    The defaults are the Methods section of the paper (Han et al., Briefings in
    Bioinformatics 2022). Change single settings with
    ``dataclasses.replace(PAPER, learning_rate=1e-3)``.

    Attributes
    ----------
    name
        What the preset is called in ``adata.uns["clear"]``.
    hidden_nodes
        Nodes of the first fully connected layer.
    n_latent
        Nodes of the second layer: the dimensions of the embedding.
    last_relu
        Whether a ReLU follows the second layer too. The paper applies ReLU "after the linear
        transformation" without excepting the last one, so ``True``.
    unit_embedding
        Whether ``transform`` returns rows of unit length, as they enter equation 1. The loss
        knows the direction of an embedding only; the paper does not say what its k-means saw.
    mask_fraction, mask_probability
        Step 1: expected share of a cell's genes set to zero; probability that the step is
        executed for a cell.
    noise_fraction, noise_sd, noise_probability
        Step 2: expected share of genes that get Gaussian noise; its standard deviation, in
        the units of the input (log1p); probability of execution.
    swap_fraction, swap_probability
        Step 3: share of genes whose values are exchanged in pairs; probability of execution.
    crossover_fraction, crossover_probability
        Step 4: expected share of genes taken from one other cell; probability of execution.
    crossover_many_fraction, crossover_many_probability
        Step 5: expected share of genes taken from other cells, drawn for each gene;
        probability of execution.
    temperature
        tau of equation 1.
    momentum
        m of equation 3, per optimiser step.
    queue
        Augmented samples of past minibatches kept as negatives, beside the current minibatch.
        Never more than two per cell of the data set. The paper names no number; 1024 is the
        released code's.
    batch_size
        N: cells in a minibatch (twice as many augmented samples). The paper names no number;
        512 is the released code's. The last, smaller minibatch of an epoch is used too.
    epochs
        Passes over all cells.
    learning_rate
        Rate of the Adam optimiser at the first step; a cosine takes it to zero.
    adam_beta1, adam_beta2, adam_epsilon
        Adam's other numbers. The paper names none; these are the optimiser's usual ones.
    """

    name: str = "paper"
    hidden_nodes: int = 1024
    n_latent: int = 128
    last_relu: bool = True
    unit_embedding: bool = True
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
    temperature: float = 0.2
    momentum: float = 0.999
    queue: int = 1024
    batch_size: int = 512
    epochs: int = 200
    learning_rate: float = 1.0
    adam_beta1: float = 0.9
    adam_beta2: float = 0.999
    adam_epsilon: float = 1e-8

    def __post_init__(self):
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if field.type is int and (not isinstance(value, int) or isinstance(value, bool)):
                raise ClearError(f"Setting {field.name} must be a whole number, not {value!r}.")
            if field.type is float and not isinstance(value, int | float):
                raise ClearError(f"Setting {field.name} must be a number, not {value!r}.")
            if field.name.endswith(("_fraction", "_probability")) and not 0 <= value <= 1:
                raise ClearError(f"Setting {field.name} must lie between 0 and 1, not {value!r}.")
        for name in ("hidden_nodes", "n_latent", "batch_size", "epochs"):
            if getattr(self, name) < 1:
                raise ClearError(f"Setting {name} must be at least 1, not {getattr(self, name)}.")
        for name in ("temperature", "learning_rate", "adam_epsilon"):
            if not 0 < getattr(self, name) < float("inf"):
                raise ClearError(f"Setting {name} must be above 0, not {getattr(self, name)}.")
        for name in ("momentum", "adam_beta1", "adam_beta2"):
            if not 0 <= getattr(self, name) < 1:
                raise ClearError(f"Setting {name} must lie in [0, 1), not {getattr(self, name)}.")
        for name in ("queue", "noise_sd"):
            if not 0 <= getattr(self, name) < float("inf"):
                raise ClearError(f"Setting {name} must be 0 or more, not {getattr(self, name)}.")


PAPER = Preset()
PRESETS = {preset.name: preset for preset in (PAPER,)}


def get_preset(name: str) -> Preset:
    """Return the preset called ``name``.

    Raises
    ------
    ClearError
        When there is none; the message names the nearest one.
    """
    if name in PRESETS:
        return PRESETS[name]
    near = difflib.get_close_matches(str(name), PRESETS, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"choose one of: {', '.join(PRESETS)}."
    raise ClearError(f"There is no preset {name!r}; {hint}")
