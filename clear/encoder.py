"""The encoder ("Architecture and hyperparameters")."""

import math

import torch
from torch import Tensor, nn

from clear.presets import Preset


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
    first = CentredLinear if preset.centred_input else nn.Linear
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


class CentredLinear(nn.Linear):
    """A fully connected layer that takes the mean profile from its input.

    Expression is never negative: as it is, a step of the optimiser moves what a node gets from
    all cells alike far more than what it gets from their differences, and may switch nodes off
    for good. The mean is taken from the bias instead of from each profile, which comes to the
    same and costs nothing.
    """

    def __init__(self, inputs: int, outputs: int, device: torch.device | None = None):
        super().__init__(inputs, outputs, device=device)
        self.register_buffer("mean", torch.zeros(inputs, device=device))

    def forward(self, profiles: Tensor) -> Tensor:
        """Return W (x - mean) + b for each row x."""
        with torch.autocast(profiles.device.type, enabled=False):
            bias = self.bias - self.weight @ self.mean
        return nn.functional.linear(profiles, self.weight, bias)


def _linear(
    inputs: int, outputs: int, generator: torch.Generator, kind: type = nn.Linear
) -> nn.Linear:
    """Make a fully connected layer with PyTorch's usual start, from ``generator``."""
    layer = nn.utils.skip_init(kind, inputs, outputs)
    bound = 1 / math.sqrt(inputs)
    with torch.no_grad():
        layer.weight.uniform_(-bound, bound, generator=generator)
        layer.bias.uniform_(-bound, bound, generator=generator)
        if kind is CentredLinear:
            layer.mean.zero_()
    return layer


def unit_length(embedding: Tensor) -> Tensor:
    """Divide each row by its L2 norm; rows of zeros stay zero.

    The largest entry is divided out first, since squares of the activations that a high
    learning rate leads to overflow in single precision. This changes neither the value nor
    the gradient: both depend on the direction of a row only.
    """
    scale = embedding.detach().abs().amax(dim=1, keepdim=True)
    return nn.functional.normalize(embedding / scale.where(scale > 0, torch.ones_like(scale)))
