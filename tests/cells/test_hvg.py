"""Highly variable genes: those of scanpy, whatever the blocks."""

import anndata
import numpy as np
import pytest
import scanpy
from anndata import AnnData
from scipy import sparse

from clear import CLEAR
from clear.cells.hvg import highly_variable, moments
from clear.cells.matrix import BLOCK_CELLS, Expression
from clear.errors import ClearError
from clear.presets import Preset

SHORT = Preset(hidden_nodes=8, n_latent=4, epochs=1, learning_rate=1e-3)


def chosen(adata, n_top_genes, counts=None):
    return highly_variable(*moments(Expression(adata, counts=counts).all_genes()), n_top_genes)


def scanpys(adata, n_top_genes):
    return scanpy.pp.highly_variable_genes(
        adata, n_top_genes=n_top_genes, flavor="seurat", inplace=False
    )["highly_variable"].to_numpy()


@pytest.mark.parametrize("name", ["pollen", "baron_mouse", "paul15", "combat_covid"])
@pytest.mark.parametrize("n_top_genes", [500, 2000])
def test_real_data_give_the_genes_of_scanpy(shared_data, tmp_path, name, n_top_genes):
    adata = anndata.read_h5ad(shared_data / f"{name}.h5ad")
    raw = AnnData(adata.X, var=adata.var)
    adata = raw.copy()
    scanpy.pp.normalize_total(adata, target_sum=1e4)
    scanpy.pp.log1p(adata)
    expected = scanpys(adata, n_top_genes)
    assert expected.sum() >= n_top_genes
    assert np.array_equal(chosen(adata, n_top_genes), expected)
    assert np.array_equal(chosen(raw, n_top_genes, counts=True), expected)
    adata.write_h5ad(tmp_path / "x.h5ad")
    backed = anndata.read_h5ad(tmp_path / "x.h5ad", backed="r")
    assert np.array_equal(chosen(backed, n_top_genes), expected)
    backed.file.close()


@pytest.mark.parametrize("form", [np.asarray, sparse.csr_matrix])
def test_moments_over_blocks_are_those_of_all_cells(form):
    """Large means beside small variances, where sums of squares would lose every digit."""
    random = np.random.default_rng(0)
    values = random.gamma(1.0, 2.0, (2 * BLOCK_CELLS + 7, 4)) * random.integers(0, 2, 4)
    values[:, 3] = 1e9 + random.normal(0, 1, len(values))
    values[: BLOCK_CELLS + 1, 0] = 0
    logged = np.log1p(values)
    mean, variance = moments(Expression(AnnData(form(logged))).all_genes())
    undone = np.expm1(logged)
    assert np.allclose(mean, undone.mean(0), rtol=1e-13)
    assert np.allclose(variance, undone.var(0, ddof=1), rtol=1e-6)


def test_genes_of_equal_rank_genes_alone_in_a_bin_and_constant_ones():
    """What decides at the margins: ties, bins of one gene, genes that do not vary."""
    random = np.random.default_rng(1)
    values = np.log1p(random.poisson(random.gamma(0.5, 3.0, 60), (50, 60))).astype(np.float32)
    values[:, 1] = values[:, 0]  # a tie
    values[:, 2] = 0
    values[:, 3] = np.linspace(6, 7, 50)  # far from all others, alone in its bin
    adata = AnnData(values)
    for n_top_genes in range(1, 56):
        table = scanpy.pp.highly_variable_genes(adata, n_top_genes=n_top_genes, inplace=False)
        score = table["dispersions_norm"]
        last = score[table["highly_variable"]].min()
        # In bins of two genes both score 0.7 to the last digit but one, which is left to chance.
        clear = ((score - last).abs() > 1e-9) | (score == 1)
        found = chosen(adata, n_top_genes)
        assert np.array_equal(found[clear], table["highly_variable"][clear])
        assert found[0] == found[1]
    with pytest.warns(UserWarning, match="number of normalized dispersions"):
        expected = scanpys(adata, 59)
    assert np.array_equal(chosen(adata, 59), expected)
    assert expected.sum() < 59


@pytest.mark.parametrize("spread", [0, 1e-16, 1e-15])
def test_means_that_are_equal_or_nearly_so(spread):
    """No 20 bins fit between such means: all genes are then of one bin."""
    mean = 1 + spread * np.arange(50)
    variance = np.random.default_rng(0).random(50) + 0.1
    found = highly_variable(mean, variance, 10)
    assert set(np.flatnonzero(found)) == set(np.argsort(variance / mean)[-10:])


def test_genes_that_never_vary_are_refused():
    with pytest.raises(ClearError, match="No gene varies"):
        chosen(AnnData(np.ones((5, 4))), 2)


def test_estimator_uses_them_where_none_are_marked():
    random = np.random.default_rng(2)
    counts = random.poisson(random.gamma(0.5, 3.0, 60) * random.gamma(1, 1, (50, 1)), (50, 60))
    adata = AnnData(sparse.csr_matrix(counts.astype(np.float32)))
    adata.var_names = [f"gene{number}" for number in range(60)]
    expected = adata.var_names[chosen(adata, 20, counts=True)]
    model = CLEAR(SHORT, device="cpu", n_top_genes=20)
    embedding = model.fit_transform(adata, counts=True)
    assert list(model.genes_) == list(expected)
    assert list(adata.uns["clear"]["genes"]) == list(expected)
    assert "highly_variable" not in adata.var
    marked = adata.copy()
    marked.var["highly_variable"] = marked.var_names.isin(expected)
    again = CLEAR(SHORT, device="cpu").fit_transform(marked, counts=True)
    assert np.array_equal(again, embedding)
    for all_genes in (None, 60, 2000):
        assert len(CLEAR(SHORT, n_top_genes=all_genes).fit(adata, counts=True).genes_) == 60


@pytest.mark.parametrize(
    ("genes", "options", "used", "said"),
    [
        (2100, {}, 2000, "the 2000 most variable of 2100, since none are marked"),
        (2100, {"n_top_genes": None}, 2100, "all 2100"),
        (40, {}, 40, "all 40"),
    ],
)
def test_two_thousand_genes_by_default_and_it_is_said(genes, options, used, said, caplog):
    values = np.random.default_rng(0).random((8, genes))
    with caplog.at_level("INFO", "clear"):
        model = CLEAR(SHORT, **options).fit(AnnData(values))
    assert len(model.genes_) == used and f"Genes: {said}" in caplog.text


def test_marked_genes_count_however_many_they_are(caplog):
    adata = AnnData(np.random.default_rng(0).random((8, 60)))
    adata.var["highly_variable"] = np.arange(60) < 30
    with caplog.at_level("INFO", "clear"):
        assert len(CLEAR(SHORT, n_top_genes=20).fit(adata).genes_) == 30
    assert "the 30 marked in var['highly_variable'], which count rather than" in caplog.text


@pytest.mark.parametrize("wrong", [0, -1, 1.5, "2000"])
def test_wrong_numbers_are_refused(wrong):
    with pytest.raises(ClearError, match="n_top_genes must be a whole number, 1 or more"):
        CLEAR(n_top_genes=wrong).fit(AnnData(np.eye(4)))


def test_scaled_genes_are_refused_with_the_way_out():
    adata = AnnData(np.random.default_rng(0).gamma(1.0, 1.0, (50, 8)))
    scanpy.pp.scale(adata)
    with pytest.raises(ClearError, match="before scaling and mark them"):
        CLEAR("paper", epochs=1, n_top_genes=4).fit(adata)
