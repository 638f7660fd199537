"""The parameters of a :class:`clear.CLEAR`: checked, and applied to its preset."""

import dataclasses

import numpy as np
import torch

from clear.errors import ClearError
from clear.presets import Preset, get_preset


def resolve(model) -> tuple[Preset, torch.device]:
    """Check the parameters of a ``CLEAR``; return its preset with overrides, and the device.

    Raises
    ------
    ClearError
        On an invalid parameter; the message names it and its valid values.
    """
    preset = model.preset if isinstance(model.preset, Preset) else get_preset(model.preset)
    overrides = {"n_latent": model.n_latent, "epochs": model.epochs}
    if preset.hidden_direction:  # the embedding's dimensions are those of the first layer
        overrides["hidden_nodes"] = model.n_latent
    if model.epochs is not None:  # exactly these
        overrides["min_steps"] = 0
    preset = dataclasses.replace(
        preset, **{name: value for name, value in overrides.items() if value is not None}
    )
    if not isinstance(model.seed, int | np.integer) or model.seed < 0:
        raise ClearError(f"The seed must be a whole number, 0 or more, not {model.seed!r}.")
    if model.n_top_genes is not None and (
        not isinstance(model.n_top_genes, int | np.integer) or model.n_top_genes < 1
    ):
        raise ClearError(
            f"n_top_genes must be a whole number, 1 or more, or None for all genes, not "
            f"{model.n_top_genes!r}."
        )
    if model.device not in ("auto", "cpu", "cuda"):
        raise ClearError(f"The device must be auto, cpu or cuda, not {model.device!r}.")
    if model.device == "cuda" and not torch.cuda.is_available():
        raise ClearError("There is no CUDA device here; use device='auto' or 'cpu'.")
    use_cuda = model.device != "cpu" and torch.cuda.is_available()
    return preset, torch.device("cuda" if use_cuda else "cpu")
