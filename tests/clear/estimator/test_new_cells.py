"""Cells that the model was not trained on: genes by name, missing ones, bad values, counts."""

import logging

import numpy as np
import pytest
from anndata import AnnData

from clear import CLEAR
from clear.errors import ClearError
from tests.clear.estimator.small import SMALL


def test_genes_are_matched_by_name(adata):
    model = CLEAR(SMALL)
    expected = model.fit_transform(adata)
    order = np.random.default_rng(1).permutation(30)
    assert np.array_equal(model.transform(adata[:, order].copy()), expected)
    more = AnnData(np.hstack([np.ones((40, 5)), adata.X.toarray()]))
    more.var_names = [f"new{i}" for i in range(5)] + list(adata.var_names)
    assert np.array_equal(model.transform(more), expected)


def test_missing_genes_are_reported_and_count_as_zero(adata, caplog):
    model = CLEAR(SMALL).fit(adata)
    zeroed = adata.copy()
    zeroed.X = zeroed.X.toarray()
    zeroed.X[:, [4, 9]] = 0
    kept = [i for i in range(30) if i not in (4, 9)]
    with caplog.at_level(logging.WARNING, "clear"):
        found = model.transform(adata[:, kept].copy())
    assert "2 of the 30 trained genes are missing: gene4, gene9" in caplog.text
    assert np.array_equal(found, model.transform(zeroed))


def test_too_many_missing_genes_are_an_error(adata):
    model = CLEAR(SMALL).fit(adata)
    with pytest.raises(ClearError, match="7 of the 30 trained genes are missing"):
        model.transform(adata[:, 7:].copy())
    other = adata.copy()
    other.var_names = [f"ENSG{i}" for i in range(30)]
    with pytest.raises(ClearError, match="30 of the 30.*same kind of gene names"):
        model.transform(other)


def test_bad_values_are_found_in_new_data_too(adata):
    model = CLEAR(SMALL).fit(adata)
    for value, message in ((np.nan, "NaN"), (-99.0, "log-normalised"), (99.0, "log-normalised")):
        new = AnnData(adata.X.toarray(), var=adata.var)
        new.X[39, 29] = value
        with pytest.raises(ClearError, match=message):
            model.transform(new)
        assert "X_clear" not in new.obsm


def test_one_cell_can_be_embedded_but_not_trained_on(adata):
    one = adata[:1].copy()
    with pytest.raises(ClearError, match="at least two cells"):
        CLEAR(SMALL).fit(one)
    assert CLEAR(SMALL).fit(adata).transform(one).shape == (1, 8)


def test_transform_needs_fit(adata):
    with pytest.raises(ClearError, match="call fit first"):
        CLEAR().transform(adata)


def test_new_data_may_hold_counts(adata):
    model = CLEAR(SMALL).fit(adata)
    raw = AnnData(adata.layers["counts"].copy(), var=adata.var)
    expected = model.transform(adata)
    assert np.allclose(model.transform(raw, counts=True), expected, atol=1e-4)
    with pytest.raises(ClearError, match="does not look log-normalised"):
        model.transform(raw)
