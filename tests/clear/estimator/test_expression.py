"""Where expression is read: X, layers, raw, counts or values of any size, and views of files."""

import dataclasses

import anndata
import numpy as np
import pytest
import scanpy as sc
from anndata import AnnData

from clear import CLEAR
from clear.errors import ClearError
from clear.presets import PAPER, RECOMMENDED, RELEASED
from tests.clear.estimator.small import SMALL


def test_counts_in_x_equal_counts_in_a_layer(adata):
    expected = CLEAR(SMALL).fit_transform(adata, layer="counts")
    raw = AnnData(adata.layers["counts"].copy(), var=adata.var)
    with pytest.raises(ClearError, match="counts=True"):
        CLEAR(SMALL).fit(raw)
    before = raw.X.copy()
    model = CLEAR(SMALL)
    assert np.array_equal(model.fit_transform(raw, counts=True), expected)
    assert np.array_equal(model.transform(raw), expected)
    assert (before - raw.X).nnz == 0


def test_transform_reads_the_layer_of_fit(adata):
    model = CLEAR(SMALL).fit(adata, layer="counts")
    expected = model.transform(adata)
    del adata.X
    assert np.array_equal(model.transform(adata), expected)
    del adata.layers["counts"]
    with pytest.raises(ClearError, match="no layer 'counts'"):
        model.transform(adata)


@pytest.mark.parametrize("preset", [PAPER, RELEASED, RECOMMENDED])
def test_scaled_expression_and_values_of_any_size(adata, tmp_path, preset):
    scaled = AnnData(sc.pp.scale(adata.X.toarray()))
    model = CLEAR(dataclasses.replace(preset, min_steps=0), epochs=2)
    assert np.isfinite(model.fit_transform(scaled)).all()
    large = AnnData(adata.X * np.float32(7))
    for use in (model.transform, model.fit):
        with pytest.raises(ClearError, match="does not look log-normalised"):
            use(large)
    expected = model.fit_transform(large, counts=False)
    model.save(tmp_path / "model")
    assert np.array_equal(CLEAR.load(tmp_path / "model").transform(large), expected)


def test_raw_is_read_where_asked_for(adata, tmp_path):
    """All genes are in raw, and those that are marked in X, scaled, as in many tutorials."""
    adata.var["highly_variable"] = np.arange(30) % 2 == 0
    expected = CLEAR(SMALL).fit_transform(adata)
    adata.raw = adata
    scaled = adata[:, ::2].copy()
    scaled.X = scaled.X.toarray() * 3 - 1
    model = CLEAR(SMALL)
    assert np.array_equal(model.fit_transform(scaled, use_raw=True), expected)
    model.save(tmp_path / "model")
    assert np.array_equal(CLEAR.load(tmp_path / "model").transform(scaled), expected)
    with pytest.raises(ClearError, match="is scaled, and there is a raw: set use_raw=True"):
        CLEAR(SMALL).fit(scaled)
    CLEAR(SMALL).fit(scaled, use_raw=False)
    with pytest.raises(ClearError, match="either use_raw=True or a layer"):
        CLEAR(SMALL).fit(adata, layer="counts", use_raw=True)
    del scaled.raw
    with pytest.raises(ClearError, match="There is no adata.raw"):
        model.fit(scaled, use_raw=True)


@pytest.mark.parametrize("options", [{}, {"layer": "counts"}, {"use_raw": True}])
def test_views_of_files_are_embedded_but_cannot_hold_the_result(adata, tmp_path, options, caplog):
    adata.raw = adata
    adata.write_h5ad(tmp_path / "x.h5ad")
    expected = CLEAR(SMALL).fit_transform(adata[5:25].copy(), **options)
    view = anndata.read_h5ad(tmp_path / "x.h5ad", backed="r")[5:25]
    assert np.array_equal(CLEAR(SMALL).fit_transform(view, **options), expected)
    assert "call to_memory() first" in caplog.text
    view.file.close()
