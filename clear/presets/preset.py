"""What a preset is: all settings of the method, their meaning and the paper's values."""

import dataclasses

import numpy as np

from clear.presets.values import check


@dataclasses.dataclass(frozen=True)
class Preset:
    """All settings of CLEAR except seed and device.

    The defaults follow the Methods section of the paper (Han et al., Briefings in Bioinformatics
    2022); "released" is the paper's public code (github.com/ml4bio/CLEAR, commit ceda5fa).
    Change single settings with ``dataclasses.replace(RECOMMENDED, epochs=20)``.

    Attributes
    ----------
    name
        Name of the preset in ``adata.uns["clear"]``.
    hidden_nodes
        Nodes of the first fully connected layer.
    n_latent
        Nodes of the second layer: the dimensions of the embedding, unless ``hidden_direction``.
    last_relu
        Whether a ReLU follows the second layer too. The paper applies ReLU "after the linear
        transformation" and does not exclude the last one, so ``True``.
    standardised_input
        Whether the first layer standardises genes: subtracts the mean and divides by the standard
        deviation (:class:`clear.model.encoder.StandardisedLinear`).
    unit_embedding
        Whether ``transform`` returns rows of unit length, as in equation 1. The loss depends only
        on the direction of an embedding; the paper does not say which its k-means was run on.
    hidden_direction
        Whether ``transform`` returns the direction of the first layer's output, after its ReLU,
        scaled to the length of the last layer's: ``hidden_nodes`` dimensions. The first layer
        keeps what the loss does not need, above all which clusters are similar; the last layer
        loses it.
    embedding_from
        The encoder whose output is the embedding: ``"query"``, the trained one ("the final
        productive network" of the paper), or ``"key"``, the momentum encoder that follows it
        (released).
    mask_fraction, mask_probability
        Step 1: expected share of a cell's genes set to zero; probability that the step is
        executed for a cell.
    noise_fraction, noise_sd, noise_probability
        Step 2: expected share of genes that get Gaussian noise; its standard deviation, in
        the units of the input (log1p); probability of execution. The released code uses 0.5,
        whatever its option says.
    swap_fraction, swap_probability
        Step 3: share of genes whose values are exchanged in pairs; probability of execution.
    crossover_fraction, crossover_probability
        Step 4: expected share of genes taken from one other cell; probability of execution.
    crossover_many_fraction, crossover_many_probability
        Step 5: expected share of genes taken from other cells, a new one for each gene;
        probability of execution.
    exact_fractions
        Whether steps 1, 2, 4 and 5 change exactly ``int(fraction * genes)`` genes of a cell
        (released) instead of each gene with that probability.
    swap_with_replacement
        Whether the genes of all pairs of step 3 are drawn independently (released): a gene may
        then be in several pairs, the last of which counts, so that values are lost or duplicated.
    crossover_writes_back
        Whether step 4 is an exchange: the donor gets the genes that were replaced, in the
        copy of the data that steps 4 and 5 take genes from (released). The profiles to augment are
        not affected, and each epoch starts with a fresh copy, because the released code starts a
        new process for the augmentations of each epoch.
    own_donor
        Whether the "other" cell of steps 4 and 5 may be the cell itself (released).
    repeat_augmentations
        Whether the augmentations draw the same random numbers in every epoch, though for other
        cells. The released code does so in its published environment (PyTorch 1.8 with NumPy:
        the process of each epoch inherits the same state).
    keys
        What anchors are compared with: ``"encoder"``, what the momentum encoder makes of augmented
        cells (the paper), or ``"components"``, whitened principal component scores of the cells,
        which stay what they are (:mod:`clear.model.neighbours`). The embedding is then in units of
        these scores. For the spectral loss in one direction, without a last ReLU; there is no key
        encoder then.
    own_share
        Share of a cell's own scores in the embedding where keys are components; the rest is what
        the encoder has learned. Means over neighbours alone lie in knots, of which Leiden makes too
        many clusters.
    components
        Principal components of standardised genes on which neighbours are searched; keys have the
        first ``n_latent``.
    neighbors
        Number of nearest neighbours for positives from other cells. 0: the positive of a cell is
        itself, by another augmentation (the paper) or its own scores. Else it is the cell where a
        random walk over nearest neighbours ends (:mod:`clear.model.neighbours`), likewise.
    walk_length
        Steps of that walk.
    min_communities
        The walk is shortened, to one step at least, until it separates this many communities of a
        neighborhood (:func:`clear.model.walks.informative_length`). 0: always ``walk_length``
        steps.
    neighborhood
        Maximum size of the random groups of cells within which neighbours are searched.
    loss
        ``"info_nce"``, equation 1 on embeddings of unit length, or ``"spectral"``, the spectral
        contrastive loss of HaoChen et al. (2021) on embeddings of any length.
    symmetrical_loss
        Whether both augmentations of a cell are anchors (equation 2). If not, only the first one
        is, with the key of the second one as its positive (released).
    batch_negatives
        Whether the keys of the other cells of the minibatch are negatives beside the queue.
    temperature
        tau of equation 1; the spectral loss has none.
    momentum
        m of equation 3, per optimiser step; where keys are components there is none.
    queue
        Number of keys of past minibatches kept as negatives. The paper does not give it; 1024 is
        the released code's.
    queue_limit
        Limit of the queue for small data. ``"two_per_cell"``: at most two keys per cell.
        ``"one_batch"``: one key per cell if there are fewer cells than ``batch_size``, else
        ``queue`` keys (released).
    queue_start
        ``"empty"``, so that every negative is a cell, or ``"random"`` directions (released).
    batch_size
        N: cells in a minibatch (twice as many augmented samples), at most all cells. The paper
        does not give it; 512 is the released code's.
    drop_last
        Whether a smaller last minibatch of an epoch is skipped (released).
    epochs
        Passes over all cells.
    min_steps
        Minimum number of optimiser steps: with few cells there are more epochs than ``epochs``.
    learning_rate
        Learning rate at the first step.
    schedule
        Learning rate schedule: ``"cosine"``, half a cosine to zero, step by step;
        ``"cosine_by_epoch"``, the same but constant within an epoch (released with ``--cos``,
        as in its README); ``"drops"``, divided by 10 after 100 and again after 120 epochs
        (released without it: constant in its 100 epochs).
    optimizer
        ``"adam"`` or ``"sgd"`` (released).
    adam_beta1, adam_beta2, adam_epsilon
        Adam's other parameters. The paper does not give them; these are PyTorch's defaults.
    sgd_momentum
        Momentum of SGD.
    weight_decay
        Weight decay: multiple of weights and biases added to their gradient; released: 1e-6.
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
    keys: str = "encoder"
    own_share: float = 0.0
    components: int = 50
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
            if isinstance(value, np.generic):  # which JSON cannot hold
                object.__setattr__(self, field.name, value.item())
        check(self)

    @property
    def trained_nodes(self) -> int:
        """Nodes of the first layer of a trained encoder, those of a cell's own scores included."""
        return self.hidden_nodes + (2 * self.n_latent if self.own_share else 0)

    @property
    def dimensions(self) -> int:
        """Dimensions of the embedding."""
        return self.hidden_nodes if self.hidden_direction else self.n_latent

    def swapped_pairs(self, genes: int) -> int:
        """Return how many disjoint pairs of ``genes`` genes step 3 exchanges."""
        return min(round(self.swap_fraction * genes / 2), genes // 2)

    def profiles(self, cells: int) -> int:
        """Return how many augmented profiles a step has that are trained on."""
        return min(self.batch_size, cells) * (2 if self.symmetrical_loss else 1)

    def steps_per_epoch(self, cells: int) -> int:
        """Return the number of minibatches in an epoch over ``cells`` cells."""
        batch_size = min(self.batch_size, cells)
        return cells // batch_size if self.drop_last else -(-cells // batch_size)

    def for_cells(self, cells: int) -> "Preset":
        """Return the preset with as many epochs as ``cells`` cells need for ``min_steps``."""
        enough = -(-self.min_steps // self.steps_per_epoch(cells))
        return dataclasses.replace(self, epochs=max(self.epochs, enough))
