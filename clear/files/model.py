"""A trained model as a folder: writing it and reading it back."""

import dataclasses
from pathlib import Path

import numpy as np
import torch

from clear.errors import ClearError
from clear.files.storage import read_folder, write_folder
from clear.model.collapse import collapsed
from clear.model.encoder import build_encoder
from clear.parameters import resolve
from clear.presets import Preset
from clear.version import __version__


def write_model(model, folder: Path) -> None:
    """Write a trained ``CLEAR``; see :meth:`clear.CLEAR.save`."""
    settings = {
        "preset": dataclasses.asdict(model.preset_),
        "seed": int(model.seed),
        "device": model.device_,
        "precision": model.precision_,
        "layer": model.layer_,
        "counts": model.counts_,
        "genes": model.genes_.tolist(),
        "history": model.history_,
    }
    write_folder(folder, "model", model.encoder_.state_dict(), settings)


def read_model(kind: type, folder: Path, device: str):
    """Read a trained ``CLEAR`` (class ``kind``); see :meth:`clear.CLEAR.load`."""
    tensors, settings = read_folder(folder, "model")
    try:
        preset = Preset(**settings["preset"])
    except TypeError as error:
        raise ClearError(
            f"The model {folder} has a setting that clear {__version__} does not know "
            f"({error}); update clear."
        ) from error
    precision = settings["precision"]
    model = kind(preset, seed=settings["seed"], device=device, precision=precision)
    model.preset_, device = resolve(model)
    model.device_, model.precision_ = str(device), precision
    model.layer_, model.counts_ = settings["layer"], settings["counts"]
    model.genes_ = np.array(settings["genes"], dtype=str)
    model.history_ = settings["history"]
    model.collapsed_ = collapsed(model.history_, model.preset_.n_latent)
    # The initial weights are overwritten, so any generator will do.
    encoder = build_encoder(len(model.genes_), model.preset_, torch.Generator())
    encoder.load_state_dict(tensors)
    model.encoder_ = encoder.to(device).requires_grad_(False).eval()
    return model
