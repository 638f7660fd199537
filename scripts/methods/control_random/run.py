"""Negative control: normal noise that knows nothing of the cells. What it scores is chance.

Settings: ``dims``.
"""

import numpy as np
from contract import read_input, read_params, write_embedding

params = read_params({"dims": 20})
data = read_input(params)
noise = np.random.default_rng(params.seed).standard_normal(
    (len(data.cells), params.settings["dims"])
)
write_embedding(params, noise, data.cells)
