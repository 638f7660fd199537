"""Cells that do not fit into one pool."""

import pytest
from anndata import AnnData

from clear.cells import load as loading
from tests.cells.pools.pooling import sparse_values


@pytest.fixture
def few_values(monkeypatch):
    """Pools of 300 cells x 20 genes, so that little data come in chunks."""
    monkeypatch.setattr(loading, "POOL_VALUES", 6000)


@pytest.fixture
def cells():
    return AnnData(sparse_values(1030))
