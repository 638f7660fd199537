"""Normalised and scaled values, and the highly variable genes."""

import anndata as ad
import numpy as np
import pytest
import scanpy as sc

from clear.benchmark.data.simulate import simulate
from clear.errors import ClearError
from tests.data.prepare.preparing import COUNTS, dataset


def test_median_as_target_sum(run):
    data, _, _ = run(dataset(), target_sum=None)
    kept = COUNTS[[0, 1, 4]][:, [0, 1, 2]].astype(float)
    sums = kept.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(data.X.toarray(), np.log1p(kept / sums * np.median(sums)), rtol=1e-5)


@pytest.mark.parametrize(
    ("unit", "log", "back"),
    [("log1p", np.log1p, np.expm1), ("log2p1", lambda x: np.log2(1 + x), lambda x: 2**x - 1)],
)
def test_logged_units_are_not_logged_again(run, unit, log, back):
    linear = np.random.default_rng(0).gamma(0.5, 20, (30, 12)) + 0.1
    published = log(linear)
    data, _, record = run(dataset(published, unit))
    np.testing.assert_allclose(data.layers["counts"].toarray(), back(published), rtol=1e-4)
    np.testing.assert_allclose(data.X.toarray(), np.log(1 + linear), rtol=1e-5)
    assert record["normalisation"].startswith("none")


@pytest.mark.parametrize("flavor", ["seurat", "seurat_v3"])
def test_highly_variable_genes_are_those_of_scanpy(run, flavor):
    source = simulate(300, 400, 3, seed=1)
    source.uns["unit"] = "counts"
    data, truth, record = run(source, n_top_genes=50, hvg_flavor=flavor)
    by_hand = ad.AnnData(source[truth["name"].to_numpy(), data.var_names].X.copy())
    if flavor == "seurat":  # v3 chooses on counts
        sc.pp.normalize_total(by_hand, target_sum=1e4)
        sc.pp.log1p(by_hand)
    sc.pp.highly_variable_genes(by_hand, n_top_genes=50, flavor=flavor)
    assert record["highly_variable"] == 50
    agree = data.var["highly_variable"].to_numpy() == by_hand.var["highly_variable"].to_numpy()
    assert agree.mean() > 0.99  # the order of the cells changes the last digit of the means


def test_seurat_v3_refuses_what_is_no_counts(run):
    with pytest.raises(ClearError, match=r"prepare.hvg_flavor is seurat_v3.*unit here is tpm"):
        run(dataset(unit="tpm"), hvg_flavor="seurat_v3")


def test_scale_is_a_clipped_z_score_of_the_logarithms(run):
    source = simulate(200, 40, 3, seed=1)
    plain, _, _ = run(source)
    scaled, _, record = run(source, scale=1.5)
    assert scaled.uns["scale"] == "z-scores"
    X = plain.X.toarray().astype(float)
    expected = np.clip((X - X.mean(axis=0)) / X.std(axis=0, ddof=1), -1.5, 1.5)
    np.testing.assert_allclose(scaled.X.toarray(), expected, atol=1e-4)
    assert scaled.X.format == "csr" and scaled.X.dtype == np.float32
    assert (scaled.layers["counts"] != plain.layers["counts"]).nnz == 0
    assert "z-scores of each gene, clipped at 1.5" in record["normalisation"]


def test_a_gene_that_never_varies_is_zero_after_scaling(run):
    values = np.random.default_rng(0).gamma(0.5, 2, (30, 60))
    values[:, :50] = np.linspace(0.1, 8, 50)  # scanpy makes NaN of every other one
    data, _, _ = run(dataset(values, "log1p"), scale=10, min_genes=1)
    assert data.n_vars == 60 and (data.X.toarray()[:, :50] == 0).all()
    np.testing.assert_allclose(data.X.toarray()[:, 50:].std(axis=0, ddof=1), 1, rtol=1e-5)


def test_genes_that_scanpy_cannot_choose(run):
    # Half of all genes have the same mean, where percentiles of means are the edges of bins.
    values = np.random.default_rng(0).poisson(2, (60, 80)).astype(float)
    values[:, :60] = [[k % 3] * 60 for k in range(60)]
    with pytest.raises(ClearError) as caught:
        run(dataset(values, unit="log1p"), hvg_flavor="cell_ranger", n_top_genes=10)
    message = str(caught.value)
    assert "'toy'" in message and "prepare.hvg_flavor cell_ranger" in message
    assert "Set another hvg_flavor, or n_top_genes of at least 80" in message
    _, _, record = run(dataset(values, unit="log1p"), n_top_genes=30)
    found = record["highly_variable"]
    assert found != 30
    assert f"; {found} highly variable genes in place of 30, since " in record["normalisation"]
