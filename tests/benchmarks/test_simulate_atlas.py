"""The simulated atlas that the memory is measured on."""

import runpy

import anndata
import numpy as np
import pytest
import scanpy


@pytest.fixture(scope="module")
def simulate(repository):
    return runpy.run_path(str(repository / "benchmarks" / "simulate_atlas.py"))["simulate"]


def test_counts_are_sparse_overdispersed_and_differ_between_types(simulate, tmp_path):
    simulate(tmp_path / "x.h5ad", 5000, 400)
    adata = anndata.read_h5ad(tmp_path / "x.h5ad")
    assert adata.shape == (5000, 400)
    assert adata.X.data.min() >= 1
    assert (adata.X.data % 1 == 0).all()
    assert 0.035 < adata.X.nnz / 5000 / 400 < 0.065
    dense = adata.X.toarray()
    often = dense.mean(0) > 0.2
    assert often.sum() > 5
    assert (dense.var(0) > 1.5 * dense.mean(0))[often].mean() > 0.5
    assert adata.obs["type"].nunique() == 20
    scanpy.pp.normalize_total(adata)
    scanpy.pp.log1p(adata)
    scanpy.tl.rank_genes_groups(adata, "type", groups=["type0"], method="wilcoxon")
    assert adata.uns["rank_genes_groups"]["pvals_adj"]["type0"][0] < 1e-10


def test_same_arguments_same_values(simulate, tmp_path):
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        simulate(tmp_path / f"{name}.h5ad", 100, 50, 0.2, seed)
    a, b, c = (anndata.read_h5ad(tmp_path / f"{name}.h5ad").X.toarray() for name in "abc")
    assert np.array_equal(a, b)
    assert not np.array_equal(a, c)
