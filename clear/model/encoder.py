"""The encoder ("Architecture and hyperparameters")."""

import math

import torch
from torch import Tensor, nn

from clear.presets import Preset

# Standard deviations below this one, of log-normalised values, are of genes that a few cells have.
LEAST_SD = 0.05


def build_encoder(n_genes: int, preset: Preset, generator: torch.Generator) -> nn.Sequential:
    """Make an encoder: genes -> ``hidden_nodes`` -> ReLU -> ``n_latent`` (-> ReLU).

    Parameters
    ----------
    n_genes
        Length of a profile.
    preset
        Widths, and whether a ReLU follows the last layer.
    generator
        Source of the first weights (CPU, so that every device starts from the same ones).
        PyTorch's global random state is left alone.
    """
    first = StandardisedLinear if preset.standardised_input else nn.Linear
    layers = [
        _linear(n_genes, preset.hidden_nodes, generator, first),
        nn.ReLU(),
        _linear(preset.hidden_nodes, preset.n_latent, generator),
    ]
    return nn.Sequential(*layers, *([nn.ReLU()] if preset.last_relu else []))


def embed(encoder: nn.Sequential, profiles: Tensor, preset: Preset) -> Tensor:
    """Return the embedding of profiles (cells x ``preset.dimensions``), as the preset has it."""
    if not preset.hidden_direction:
        output = encoder(profiles)
        return unit_length(output) if preset.unit_embedding else output
    hidden = encoder[:2](profiles)
    direction = unit_length(hidden)
    if preset.unit_embedding:
        return direction
    return direction * encoder[2:](hidden).norm(dim=1, keepdim=True)


class StandardisedLinear(nn.Linear):
    """A fully connected layer that takes genes as differences from their mean, all of one size.

    Expression is never negative: as it is, a step of the optimiser moves what a node gets from
    all cells alike far more than what it gets from their differences, and may switch nodes off
    for good. And genes that vary little in all, though they tell a rare type, would hardly
    count. Mean and scale are worked into bias and weights instead of into each profile, which
    comes to the same and costs next to nothing.
    """

    def __init__(self, inputs: int, outputs: int, device: torch.device | None = None):
        super().__init__(inputs, outputs, device=device)
        self.register_buffer("mean", torch.zeros(inputs, device=device))
        self.register_buffer("scale", torch.ones(inputs, device=device))

    def learn_genes(self, profiles: Tensor) -> None:
        """Take mean and scale of each gene from profiles (cells x genes).

        The scale divides by the standard deviation, or by ``LEAST_SD`` where that is less, and
        multiplies by the root mean square of all: the size of a profile stays, and so does the
        rate that suits it. Genes that never vary get 0.
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


def _linear(
    inputs: int, outputs: int, generator: torch.Generator, kind: type = nn.Linear
) -> nn.Linear:
    """Make a fully connected layer with PyTorch's usual start, from ``generator``."""
    layer = nn.utils.skip_init(kind, inputs, outputs)
    bound = 1 / math.sqrt(inputs)
    with torch.no_grad():
        layer.weight.uniform_(-bound, bound, generator=generator)
        layer.bias.uniform_(-bound, bound, generator=generator)
        if kind is StandardisedLinear:
            layer.mean.zero_()
            layer.scale.fill_(1)
    return layer


def unit_length(embedding: Tensor) -> Tensor:
    """Divide each row by its L2 norm; rows of zeros stay zero.

    The largest entry is divided out first, since squares of the activations that a high
    learning rate leads to overflow in single precision. This changes neither the value nor
    the gradient: both depend on the direction of a row only.
    """
    scale = embedding.detach().abs().amax(dim=1, keepdim=True)
    return nn.functional.normalize(embedding / scale.where(scale > 0, torch.ones_like(scale)))
