"""Small files to embed and to cluster."""

import dataclasses

import numpy as np
import pytest
from anndata import AnnData

from clear.presets import PRESETS, RECOMMENDED


@pytest.fixture(autouse=True)
def short(monkeypatch):
    """The default preset takes as few steps as its epochs have."""
    monkeypatch.setitem(PRESETS, "recommended", dataclasses.replace(RECOMMENDED, min_steps=0))


@pytest.fixture
def source(tmp_path):
    """A small log-normalised .h5ad with counts beside it."""
    counts = np.random.default_rng(0).poisson(2.0, (25, 12))
    logged = np.log1p(counts / counts.sum(1, keepdims=True) * 1e4)
    adata = AnnData(logged, layers={"counts": counts})
    adata.obs["kept"] = [f"note {i}" for i in range(25)]
    adata.write_h5ad(tmp_path / "in.h5ad")
    return tmp_path / "in.h5ad"


@pytest.fixture
def embedded(tmp_path):
    """An .h5ad with three clearly separate groups of cells in its embedding."""
    random = np.random.default_rng(0)
    group = np.repeat([0, 1, 2], 30)
    adata = AnnData(np.zeros((90, 4), dtype=np.float32))
    adata.obs["group"] = group.astype(str)
    adata.obsm["X_clear"] = np.eye(3)[group] * 9 + random.normal(0, 0.1, (90, 3))
    adata.obsm["X_noise"] = random.normal(0, 1, (90, 3))
    adata.write_h5ad(tmp_path / "in.h5ad")
    return tmp_path / "in.h5ad"
