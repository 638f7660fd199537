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
        "computed_by": model.computed_by_,
        "layer": model.layer_,
        "counts": model.counts_,
        "use_raw": model.use_raw_,
        "genes": model.genes_.tolist(),
        "history": model.history_,
        "batch_key": model.batch_key,
    }
    write_folder(folder, "model", model.encoder_.state_dict(), settings)


def read_model(kind: type, folder: Path, device: str):
    """Read a trained ``CLEAR`` (class ``kind``); see :meth:`clear.CLEAR.load`."""
    resolve(kind(device=device))
    tensors, settings = read_folder(folder, "model")
    try:
        return _model(kind, tensors, settings, device)
    except (ClearError, LookupError, TypeError, ValueError, AttributeError, RuntimeError) as error:
        found = " ".join(f"{type(error).__name__}: {error}".split())
        raise ClearError(
            f"The model {folder} cannot be used by clear {__version__} ({found}): it was "
            "changed, or written by another version of clear. Update clear or train again."
        ) from error


def _model(kind: type, tensors: dict[str, torch.Tensor], settings: dict, device: str):
    preset, precision = Preset(**settings["preset"]), settings["precision"]
    model = kind(
        preset,
        seed=settings["seed"],
        device=device,
        precision=precision,
        batch_key=settings.get("batch_key"),  # earlier versions had none
    )
    model.preset_, device = resolve(model)
    model.device_, model.precision_ = str(device), precision
    model.computed_by_ = settings.get("computed_by", {})  # earlier versions wrote none
    model.layer_, model.counts_ = settings["layer"], settings["counts"]
    model.use_raw_ = settings["use_raw"]
    model.genes_ = np.array(settings["genes"], dtype=str)
    model.history_ = settings["history"]
    model.collapsed_ = collapsed(model.history_, preset.n_latent)
    nodes = model.preset_.trained_nodes
    shape = nodes, len(model.genes_)
    if tensors["0.weight"].shape != shape or len(tensors["2.weight"]) != preset.n_latent:
        raise ValueError(f"the weights are not those of {shape[1]} genes and these settings")
    # The initial weights are overwritten, so any generator will do.
    as_trained = dataclasses.replace(preset, hidden_nodes=nodes)
    encoder = build_encoder(len(model.genes_), as_trained, torch.Generator(), trained=True)
    encoder.load_state_dict(tensors)
    model.encoder_ = encoder.to(device).requires_grad_(False).eval()
    return model
