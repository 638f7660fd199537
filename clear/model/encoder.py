"""The encoder ("Architecture and hyperparameters")."""

import math

import torch
from torch import Tensor, nn

from clear.presets import Preset

# Genes with a smaller standard deviation (log-normalised) are expressed in a few cells only.
LEAST_SD = 0.05


def build_encoder(
    n_genes: int, preset: Preset, generator: torch.Generator, trained: bool = False
) -> nn.Sequential:
    """Make an encoder: genes -> ``hidden_nodes`` -> ReLU -> ``n_latent`` (-> ReLU).

    Parameters
    ----------
    n_genes
        Number of inputs.
    preset
        Says how many nodes the layers have, whether the first standardises genes, and whether a
        ReLU comes last.
    generator
        Draws the initial weights, on the CPU, so that they are the same on every device; PyTorch's
        global random state is neither read nor changed.
    trained
        Whether the layers are those of an encoder after its training, to be filled with stored
        weights: with fixed keys the first one limits its inputs.

    Returns
    -------
    nn.Sequential
        On the CPU, float32. Weights and biases of a layer with n inputs are uniform between
        -1 / sqrt(n) and 1 / sqrt(n), PyTorch's default; the paper says nothing of them.
    """
    first = StandardisedLinear if preset.standardised_input else Linear
    if trained and preset.keys == "components":
        first = LimitedLinear
    layers = [
        _linear(n_genes, preset.hidden_nodes, generator, first),
        nn.ReLU(),
        _linear(preset.hidden_nodes, preset.n_latent, generator),
    ]
    return nn.Sequential(*layers, *([nn.ReLU()] if preset.last_relu else []))


def embed(encoder: nn.Sequential, profiles: Tensor, preset: Preset) -> Tensor:
    """Return the embedding that the preset defines.

    Parameters
    ----------
    encoder
        Of :func:`build_encoder`, trained.
    profiles
        Log-normalised expression (cells x genes, float32), on the encoder's device.
    preset
        The settings of the training.

    Returns
    -------
    Tensor
        Cells x ``preset.dimensions``, float32: rows of unit length if the preset says so, else as
        long as the last layer makes them; with fixed keys in units of principal component scores.
    """
    if not preset.hidden_direction:
        output = encoder(profiles)
        return unit_length(output) if preset.unit_embedding else output
    hidden = encoder[:2](profiles)
    direction = unit_length(hidden)
    if preset.unit_embedding:
        return direction
    return direction * encoder[2:](hidden).norm(dim=1, keepdim=True)


class Linear(nn.Linear):
    """A fully connected layer whose weights :func:`build_encoder` draws, and no one before it.

    ``nn.utils.skip_init`` does the same, and imports SymPy for it.
    """

    def reset_parameters(self) -> None:
        """Leave the weights as they are."""


class StandardisedLinear(Linear):
    """A fully connected layer on standardised genes: centred, and divided by their deviation.

    Expression is never negative. Uncentred, an optimiser step changes a node's mean input over all
    cells far more than its differences between cells, and may switch a node off for good.
    Unscaled, genes that vary little overall hardly count, even if they mark a rare type. Mean and
    scale are folded into bias and weights: the result is the same as standardising every profile,
    at almost no cost.
    """

    def __init__(self, inputs: int, outputs: int, device: torch.device | None = None):
        super().__init__(inputs, outputs, device=device)
        self.register_buffer("mean", torch.zeros(inputs, device=device))
        self.register_buffer("scale", torch.ones(inputs, device=device))

    def learn_genes(self, profiles: Tensor) -> None:
        """Compute mean and scale of each gene from profiles (cells x genes).

        The scale divides by the standard deviation (at least ``LEAST_SD``) and multiplies by the
        root mean square of all standard deviations, so that profiles keep their size and a
        learning rate its meaning. Genes that never vary get 0.
        """
        deviation = profiles.std(dim=0, correction=0)
        size = deviation.square().mean().sqrt()
        self.mean.copy_(profiles.mean(dim=0))
        self.scale.copy_(torch.where(deviation > 0, size / deviation.clamp_min(LEAST_SD), 0.0))

    def forward(self, profiles: Tensor) -> Tensor:
        """Return W ((x - mean) scale) + b for each row x."""
        with torch.autocast(profiles.device.type, enabled=False):
            weight = self.weight * self.scale
            bias = self.bias - weight @ self.mean
        return nn.functional.linear(profiles, weight, bias)


class LimitedLinear(StandardisedLinear):
    """The same on genes that are at most ``limit`` (genes): principal components clip there.

    A new cell that expresses a gene which is all but silent in the cells of the training would
    otherwise lie far from all others.
    """

    def __init__(self, inputs: int, outputs: int, device: torch.device | None = None):
        super().__init__(inputs, outputs, device=device)
        self.register_buffer("limit", torch.full((inputs,), torch.inf, device=device))

    def forward(self, profiles: Tensor) -> Tensor:
        """Return W ((min(x, limit) - mean) scale) + b for each row x."""
        return super().forward(profiles.minimum(self.limit))


@torch.no_grad()
def with_scores(
    encoder: nn.Sequential,
    weight: Tensor,
    bias: Tensor,
    limit: Tensor,
    scales: Tensor,
    share: float,
) -> nn.Sequential:
    """Return an encoder whose outputs are scores, a share of them the cell's own.

    Linear in expression up to a limit, a score is the difference of two nodes after their ReLU, of
    which one is the other's negative: the encoder stays of two layers.

    Parameters
    ----------
    encoder
        Trained on whitened scores (genes -> nodes -> ReLU -> outputs).
    weight, bias, limit
        A cell's own scores as a linear function of expression (outputs x genes, outputs) that is
        at most ``limit`` (genes).
    scales
        What turns each output into a score.
    share
        Of the own score, from 0 (none, and no further nodes) to 1.
    """
    first, last = encoder[0], encoder[2]
    outputs, nodes = last.weight.shape
    more = 2 * outputs if share else 0
    wide = LimitedLinear(first.in_features, nodes + more, device=first.weight.device)
    final = Linear(nodes + more, outputs, device=first.weight.device)
    wide.limit.copy_(limit)
    wide.weight[:nodes], wide.bias[:nodes] = first.weight, first.bias
    final.weight[:, :nodes] = (1 - share) * scales[:, None] * last.weight
    final.bias.copy_((1 - share) * scales * last.bias)
    if isinstance(first, StandardisedLinear):  # as a function of standardised genes
        wide.mean.copy_(first.mean)
        wide.scale.copy_(first.scale)
        bias = bias + weight @ first.mean
        weight = torch.where(first.scale > 0, weight / first.scale, 0.0)
    if more:
        wide.weight[nodes:] = torch.cat([weight, -weight])
        wide.bias[nodes:] = torch.cat([bias, -bias])
        own = share * torch.eye(outputs, device=weight.device)
        final.weight[:, nodes:] = torch.cat([own, -own], dim=1)
    return nn.Sequential(wide, nn.ReLU(), final, *encoder[3:])


def _linear(
    inputs: int, outputs: int, generator: torch.Generator, kind: type[Linear] = Linear
) -> Linear:
    """Make a fully connected layer with PyTorch's default initialisation from ``generator``."""
    layer = kind(inputs, outputs)
    bound = 1 / math.sqrt(inputs)
    with torch.no_grad():
        layer.weight.uniform_(-bound, bound, generator=generator)
        layer.bias.uniform_(-bound, bound, generator=generator)
    return layer


def unit_length(embedding: Tensor) -> Tensor:
    """Divide each row by its L2 norm; rows of zeros stay zero.

    Rows are first divided by their largest entry, because the squares of the activations that a
    high learning rate leads to overflow in float32. This changes neither the value nor the
    gradient, which depend only on the direction of a row.
    """
    scale = embedding.detach().abs().amax(dim=1, keepdim=True)
    return nn.functional.normalize(embedding / scale.where(scale > 0, torch.ones_like(scale)))
