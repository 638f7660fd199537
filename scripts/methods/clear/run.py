"""CLEAR on the highly variable genes.

Settings: ``preset`` (name), ``changes`` (settings that differ from the preset's). If it is told the
batches, the training is too.
"""

from pathlib import Path

import torch
from contract import computed_by, read_input, read_params, write_embedding

from clear import CLEAR
from clear.files.h5ad import open_expression
from clear.presets import get_preset

params = read_params({"preset": "recommended", "changes": {}})
torch.set_num_threads(params.threads)
data = read_input(params)

adata = open_expression(Path(params.input))  # trained from disk: the genes to use are marked there
batch_key = None
if data.batch is not None:
    batch_key = "batch"
    adata.obs[batch_key] = data.batch

preset = get_preset(params.settings["preset"], **params.settings["changes"])
model = CLEAR(preset, seed=params.seed, device=params.device, batch_key=batch_key)
# Values of other recipes are as large as the recipe makes them.
counts = None if data.scale == "log1p" else False
embedding = model.fit_transform(adata, counts=counts)
computed_by(precision=model.precision_, **model.computed_by_)
write_embedding(params, embedding, data.cells)
