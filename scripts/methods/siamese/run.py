"""VICReg or SimCLR with the encoder and the augmentations of CLEAR's preset ``paper``.

Settings: ``loss`` ("vicreg" or "simclr") and its ``loss_settings``, see :mod:`losses`;
``projector``, the widths of its layers, and ``projector_batch_norm``; ``epochs``,
``learning_rate`` and ``weight_decay``, in which the preset is changed.
"""

from functools import partial

import torch
from contract import read_input, read_params, write_embedding
from losses import LOSSES
from siamese import build_projector, train

from clear.presets import get_preset

params = read_params(
    {
        "loss": "vicreg",
        "loss_settings": {"invariance": 25.0, "variance": 25.0, "covariance": 1.0},
        "projector": [512, 512, 512],
        "projector_batch_norm": True,
        "epochs": 200,
        "learning_rate": 1e-4,
        "weight_decay": 1e-6,
    }
)
settings = params.settings
torch.set_num_threads(params.threads)
has_gpu = params.device != "cpu" and torch.cuda.is_available()
if params.device == "cuda" and not has_gpu:
    raise RuntimeError("the device is cuda, but this torch sees no GPU")
if settings["loss"] not in LOSSES:
    raise ValueError(f"the setting loss must be vicreg or simclr, not {settings['loss']!r}")

changes = {name: settings[name] for name in ("epochs", "learning_rate", "weight_decay")}
preset = get_preset("paper", **changes)
data = read_input(params)
profiles = torch.from_numpy(data.dense("X", highly_variable=True))
torch.manual_seed(params.seed)  # weights of the projector
embedding, _ = train(
    profiles.to("cuda" if has_gpu else "cpu"),
    preset,
    partial(LOSSES[settings["loss"]], **settings["loss_settings"]),
    build_projector([preset.n_latent, *settings["projector"]], settings["projector_batch_norm"]),
    params.seed,
)
write_embedding(params, embedding, data.cells)
