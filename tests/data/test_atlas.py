"""The simulated atlas: its distribution, its blocks, and the truth that it says."""

import numpy as np
import pytest
from scipy import sparse

from clear.benchmark.casestudy.declared import read_markers
from clear.benchmark.data import atlas
from clear.benchmark.data.atlas import negative_binomial, simulate_atlas
from clear.benchmark.data.atlas_genes import SHARES, expressed
from clear.benchmark.data.simulate import DISPERSION
from clear.errors import ClearError


def counts(stream, after=None):
    return sparse.vstack([block.matrix for block in stream.blocks(after)], format="csr")


def test_counts_are_negative_binomial():
    mean = np.array([0.05, 1, 20, 200], dtype=np.float32)
    drawn = negative_binomial(np.tile(mean, (40_000, 1)), np.random.default_rng(0)).toarray()
    np.testing.assert_allclose(drawn.mean(axis=0), mean, rtol=0.04)
    np.testing.assert_allclose(drawn.var(axis=0), mean + DISPERSION * mean**2, rtol=0.06)
    zero = (1 + DISPERSION * mean) ** (-1 / DISPERSION)
    np.testing.assert_allclose((drawn == 0).mean(axis=0), zero, atol=0.005)


def test_blocks_resume_and_a_larger_atlas_begins_with_a_smaller_one(monkeypatch):
    monkeypatch.setattr(atlas, "TOGETHER", 2 * atlas.BLOCK)
    stream = simulate_atlas(cells=1300, genes=120, samples=5, dropout=0.2, seed=3)
    whole = counts(stream)
    assert whole.shape == (1300, 120) and stream.obs.shape == (1300, 2)
    first = next(stream.blocks(None))
    assert (counts(stream, first.after) != whole[first.matrix.shape[0] :]).nnz == 0
    smaller = simulate_atlas(cells=700, genes=120, samples=5, dropout=0.2, seed=3)
    assert (counts(smaller) != whole[:700]).nnz == 0
    assert smaller.obs.equals(stream.obs[:700])


def test_types_have_their_shares_and_express_their_markers():
    stream = simulate_atlas(cells=8000, genes=200, samples=40, sample_sd=0.1, seed=0)
    kind = stream.obs["cell_type"]
    found = kind.value_counts(normalize=True)
    for name, share in SHARES.items():
        assert found[name] == pytest.approx(share, abs=0.25 * share + 0.004)
    X = counts(stream)
    for gene, of in expressed().items():
        values = X[:, stream.var.index.get_loc(gene)].toarray().ravel()
        assert values[kind.isin(of)].mean() > 10 * values[~kind.isin(of)].mean(), gene


def test_the_marker_table_of_the_atlas_is_true_of_the_simulation(repository):
    table = read_markers(repository / "config/markers/atlas.tsv")
    assert list(table) == list(SHARES)
    known = expressed()
    for kind, genes in table.items():
        assert all(kind in known[gene] for gene in genes), kind


def test_too_few_genes_or_cells_are_refused():
    with pytest.raises(ClearError, match="needs 70 genes or more, not 12"):
        simulate_atlas(cells=100, genes=12, samples=2)
    with pytest.raises(ClearError, match="needs 20 cells or more, not 12"):
        simulate_atlas(cells=12, genes=100, samples=20)
