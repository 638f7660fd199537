"""CLEAR on the log-normalised highly variable genes.

Settings: ``preset`` (name), ``epochs`` (null: the preset's).
"""

import torch
from anndata import AnnData
from contract import read_input, read_params, write_embedding

from clear import CLEAR

params = read_params({"preset": "recommended", "epochs": None})
torch.set_num_threads(params.threads)
data = read_input(params)

adata = AnnData(data.dense("X", highly_variable=True))
adata.obs_names = data.cells
adata.var_names = data.genes[data.highly_variable]

model = CLEAR(
    preset=params.settings["preset"],
    epochs=params.settings["epochs"],
    seed=params.seed,
    device=params.device,
)
write_embedding(params, model.fit_transform(adata), data.cells)
