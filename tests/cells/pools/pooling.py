"""Cells in chunks, and presets that train on them in no time."""

import dataclasses

import anndata
import numpy as np
import torch
from anndata import AnnData
from scipy import sparse

from clear.cells.pools import Chunked
from clear.cells.scratch import Scratch
from clear.presets import PAPER, RELEASED

SMALL = dataclasses.replace(
    PAPER, hidden_nodes=16, n_latent=8, learning_rate=1e-3, epochs=3, batch_size=100
)
SMALL_RELEASED = dataclasses.replace(
    RELEASED, hidden_nodes=16, n_latent=8, epochs=3, batch_size=100
)
CPU = torch.device("cpu")


def sparse_values(cells, genes=20, seed=0):
    random = np.random.default_rng(seed)
    values = np.log1p(random.poisson(1.0, (cells, genes)) / 3).astype(np.float32)
    values[:, 0] = 1 + np.arange(cells) / cells / 2  # tells the cells apart
    return values


def chunked(values, room, in_memory=True):
    scratch = Scratch(*values.shape, in_memory)
    scratch.append(values)
    return Chunked(scratch, torch.zeros(room, values.shape[1]))


def write(path, values):
    AnnData(sparse.csr_matrix(values)).write_h5ad(path)
    return anndata.read_h5ad(path, backed="r")
