"""A preset whose models are small."""

import dataclasses

from clear.presets import PAPER

SMALL = dataclasses.replace(PAPER, hidden_nodes=16, n_latent=8, learning_rate=1e-3, epochs=2)
