"""The test by cells against scipy and statsmodels, gene by gene, and fold changes by hand."""

import numpy as np
import pytest
from scipy import sparse, stats
from statsmodels.stats.multitest import multipletests

from clear.benchmark.casestudy.by_cells import by_cells


def test_every_gene_as_scipy_and_statsmodels_have_it():
    rng = np.random.default_rng(0)
    x = np.log1p(rng.poisson(rng.uniform(0.3, 3, 300), (80, 300)).astype(np.float32))
    ours = np.arange(80) < 30
    table = by_cells(sparse.csr_matrix(x), ours, ~ours)
    assert len(table) == 300  # in two blocks
    a, b = x[ours].astype(float), x[~ours].astype(float)
    p = [stats.mannwhitneyu(a[:, g], b[:, g], method="asymptotic").pvalue for g in range(300)]
    np.testing.assert_allclose(table["p"], p)
    np.testing.assert_allclose(table["q"], multipletests(p, method="fdr_bh")[1])


def test_fold_changes_are_those_of_mean_counts_plus_one():
    counts = np.array([[3.0, 0], [5, 0], [1, 2], [1, 0]])
    table = by_cells(
        sparse.csr_matrix(np.log1p(counts)), *(np.array([1, 1, 0, 0]) == side for side in (1, 0))
    )
    assert table.empty  # a gene that no three cells of a side have is not tested
    x = sparse.csr_matrix(np.log1p(np.repeat(counts, 3, axis=0)))
    table = by_cells(x, *(np.repeat([1, 1, 0, 0], 3) == side for side in (1, 0)))
    assert table.loc[0, "log2fc"] == pytest.approx(np.log2(5) - np.log2(2))
    assert table.loc[1, "log2fc"] == pytest.approx(0 - 1)


def test_a_side_without_cells_gives_no_rows():
    x = sparse.csr_matrix(np.ones((4, 2)))
    assert by_cells(x, np.zeros(4, bool), np.ones(4, bool)).empty


def test_a_gene_that_is_the_same_everywhere_differs_nowhere():
    x = sparse.csr_matrix(np.ones((8, 1)))
    assert by_cells(x, np.arange(8) < 4, np.arange(8) >= 4)["p"].tolist() == [1]
