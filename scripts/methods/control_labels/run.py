"""Positive control: the true cell types, one-hot, with a little noise.

The only script that reads the truth; its card says so. It is clustered as every embedding is, so
its scores are those of an embedding that knows the types. Settings: ``sd`` of the noise.
"""

import csv
from pathlib import Path

import numpy as np
from contract import read_input, read_params, write_embedding

params = read_params({"sd": 0.02})
data = read_input(params)
with Path(params.truth).open(encoding="utf-8", newline="") as handle:
    rows = csv.DictReader(handle, delimiter="\t")
    cell_type = {row["cell"]: row["cell_type"] for row in rows}
_, codes = np.unique([cell_type[cell] for cell in data.cells], return_inverse=True)
one_hot = np.eye(codes.max() + 1)[codes]
noise = np.random.default_rng(params.seed).normal(0.0, params.settings["sd"], one_hot.shape)
write_embedding(params, one_hot + noise, data.cells)
