"""Cells that the estimator is tried on."""

import numpy as np
import pytest
from anndata import AnnData
from scipy import sparse


@pytest.fixture
def adata():
    """40 cells x 30 genes, log-normalised CSR, with the counts beside it."""
    random = np.random.default_rng(0)
    counts = random.poisson(random.gamma(1.0, 3.0, 30) * np.ones((40, 1)))
    logged = np.log1p(counts / counts.sum(1, keepdims=True) * 1e4).astype(np.float32)
    adata = AnnData(sparse.csr_matrix(logged), layers={"counts": sparse.csr_matrix(counts)})
    adata.var_names = [f"gene{i}" for i in range(30)]
    return adata
