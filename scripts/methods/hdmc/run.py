"""HDMC (Wang et al., Bioinformatics 2022), written from a description of it.

Clusters of each batch are matched between batches. An autoencoder rebuilds the cells while the
codes of matched clusters get the same distribution and those of clusters that are less alike do
not. The embedding is the code. Settings: ``epochs``; ``high`` and ``low``, the similarities from
which clusters meet and from which they part; ``max_cells``, since all pairs of cells are compared.
"""

import numpy as np
import torch
from clusters import louvain, pairs, similarity
from contract import not_applicable, read_input, read_params, write_embedding
from network import train

params = read_params({"epochs": 2000, "high": 0.9, "low": 0.7, "max_cells": 10000})
settings = params.settings
data = read_input(params)
if len(data.cells) > settings["max_cells"]:
    not_applicable(
        f"HDMC compares all pairs of cells: at most {settings['max_cells']:,} cells, this dataset "
        f"has {len(data.cells):,}"
    )
torch.set_num_threads(params.threads)
torch.manual_seed(params.seed)
has_gpu = params.device != "cpu" and torch.cuda.is_available()
if params.device == "cuda" and not has_gpu:
    raise RuntimeError("the device is cuda, but this torch sees no GPU")

logged = data.dense("X", highly_variable=True).astype("float64")
_, batch = np.unique(data.batch, return_inverse=True)
cluster = np.empty(len(batch), dtype=int)
homes = []
for number in range(batch.max() + 1):
    own = louvain(logged[batch == number], params.seed)
    cluster[batch == number] = own + len(homes)
    homes += [number] * (own.max() + 1)
alike = similarity(logged, cluster, batch)
together, apart = pairs(alike, np.array(homes), settings["high"], settings["low"])
print(f"{len(homes)} clusters; {len(together)} pairs meet, {len(apart)} part")

# each gene in each batch: log2(x + 1), z-scores, then from 0 to 1, which makes the z-scores moot
x = np.log2(data.dense("counts", highly_variable=True) + 1)
for number in range(batch.max() + 1):
    part = x[batch == number]
    span = np.ptp(part, axis=0)
    x[batch == number] = (part - part.min(axis=0)) / np.where(span > 0, span, 1)
x = torch.from_numpy(x).to("cuda" if has_gpu else "cpu")
members = [np.flatnonzero(cluster == number) for number in range(len(homes))]
rng = np.random.default_rng(params.seed)
network = train(x, members, together, apart, settings["epochs"], rng)
with torch.no_grad():
    write_embedding(params, network.code(x).cpu().numpy(), data.cells)
