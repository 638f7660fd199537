"""The estimator on AnnData objects."""

import dataclasses
import logging
import subprocess
import sys

import anndata
import numpy as np
import pytest
import scanpy as sc
import torch
from anndata import AnnData
from scipy import sparse
from sklearn.base import clone

import clear
from clear import CLEAR
from clear.errors import ClearError
from clear.presets import PAPER

SMALL = dataclasses.replace(PAPER, hidden_nodes=16, n_latent=8, learning_rate=1e-3, epochs=2)


@pytest.fixture
def adata():
    """40 cells x 30 genes, log-normalised CSR, with the counts beside it."""
    random = np.random.default_rng(0)
    counts = random.poisson(random.gamma(1.0, 3.0, 30) * np.ones((40, 1)))
    logged = np.log1p(counts / counts.sum(1, keepdims=True) * 1e4).astype(np.float32)
    adata = AnnData(sparse.csr_matrix(logged), layers={"counts": sparse.csr_matrix(counts)})
    adata.var_names = [f"gene{i}" for i in range(30)]
    return adata


def test_fit_transform_returns_and_writes_the_embedding(adata, tmp_path):
    model = CLEAR(SMALL, seed=3, device="cpu")
    embedding = model.fit_transform(adata)
    assert embedding.shape == (40, 8)
    assert embedding.dtype == np.float32
    assert np.allclose(np.linalg.norm(embedding, axis=1), 1, atol=1e-5)
    assert np.array_equal(adata.obsm["X_clear"], embedding)
    record = adata.uns["clear"]
    assert record["preset"] == "paper"
    assert record["settings"]["learning_rate"] == 1e-3
    assert (record["seed"], record["version"], record["device"]) == (3, clear.__version__, "cpu")
    steps = "operation by operation (CUDA graphs are for GPUs)"
    kernels = {"augmentations": "Numba kernels", "loss": "PyTorch", "weights": "PyTorch"}
    assert model.computed_by_ == kernels | {"steps": steps}
    assert record["computed_by"] == model.computed_by_
    assert len(model.history_) == 2
    assert list(model.genes_) == list(adata.var_names)
    adata.write_h5ad(tmp_path / "out.h5ad")
    back = anndata.read_h5ad(tmp_path / "out.h5ad")
    assert np.array_equal(back.obsm["X_clear"], embedding)
    assert back.uns["clear"]["settings"]["temperature"] == 0.2
    assert back.uns["clear"]["computed_by"]["steps"] == steps


def test_fit_leaves_its_input_alone(adata):
    before = adata.copy()
    assert isinstance(CLEAR(SMALL).fit(adata), CLEAR)
    assert (adata.X != before.X).nnz == 0
    assert not adata.obsm
    assert not adata.uns


def test_embedding_is_that_of_the_query_encoder(adata):
    model = CLEAR(dataclasses.replace(SMALL, unit_embedding=False), device="cpu").fit(adata)
    by_hand = model.encoder_(torch.from_numpy(adata.X.toarray())).numpy()
    assert np.allclose(model.transform(adata), by_hand, atol=1e-6)
    unit = CLEAR(SMALL, device="cpu").fit_transform(adata)
    lengths = np.linalg.norm(by_hand, axis=1, keepdims=True)
    assert np.allclose(unit, by_hand / lengths, atol=1e-5)


def test_direction_of_the_first_layer_and_length_of_the_output(adata):
    preset = dataclasses.replace(
        SMALL, hidden_nodes=24, n_latent=5, unit_embedding=False, hidden_direction=True
    )
    model = CLEAR(preset, device="cpu").fit(adata)
    first, second = model.encoder_[0], model.encoder_[2]
    profiles = adata.X.toarray().astype(np.float64)
    hidden = np.maximum(profiles @ first.weight.numpy().T + first.bias.numpy(), 0)
    output = hidden @ second.weight.numpy().T + second.bias.numpy()
    output = np.maximum(output, 0) if preset.last_relu else output
    direction = hidden / np.linalg.norm(hidden, axis=1, keepdims=True)
    by_hand = direction * np.linalg.norm(output, axis=1, keepdims=True)
    embedding = model.transform(adata)
    assert embedding.shape == (adata.n_obs, 24)
    assert np.allclose(embedding, by_hand, atol=1e-5)
    unit = dataclasses.replace(preset, unit_embedding=True)
    assert np.allclose(CLEAR(unit, device="cpu").fit_transform(adata), direction, atol=1e-5)


def test_n_latent_is_the_number_of_columns_whatever_they_are_made_of(adata):
    for hidden in (False, True):
        preset = dataclasses.replace(SMALL, hidden_direction=hidden)
        assert CLEAR(preset, n_latent=7).fit_transform(adata).shape == (adata.n_obs, 7)


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


@pytest.mark.parametrize("preset", ["paper", "released", "recommended"])
def test_scaled_expression_and_values_of_any_size(adata, tmp_path, preset):
    scaled = AnnData(sc.pp.scale(adata.X.toarray()))
    model = CLEAR(preset, epochs=2)
    assert np.isfinite(model.fit_transform(scaled)).all()
    large = AnnData(adata.X * np.float32(7))
    for use in (model.transform, model.fit):
        with pytest.raises(ClearError, match="does not look log-normalised"):
            use(large)
    expected = model.fit_transform(large, counts=False)
    model.save(tmp_path / "model")
    assert np.array_equal(CLEAR.load(tmp_path / "model").transform(large), expected)


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


def test_constant_genes_and_identical_cells(adata):
    dense = adata.X.toarray()
    dense[:, 3] = 1.5
    assert np.isfinite(CLEAR(SMALL).fit_transform(AnnData(dense))).all()
    assert np.isfinite(CLEAR(SMALL).fit_transform(AnnData(np.tile(dense[:1], (20, 1))))).all()
    assert np.isfinite(CLEAR(SMALL).fit_transform(AnnData(np.zeros((20, 30))))).all()


def test_few_cells_are_passed_over_as_often_as_the_preset_needs_steps(adata):
    preset = dataclasses.replace(SMALL, min_steps=7, batch_size=-(-adata.n_obs // 2))
    assert len(CLEAR(preset).fit(adata).history_) == 4  # of two steps each
    for epochs in (1, 3, 4, 6):  # what small datasets need stays
        assert len(CLEAR(preset, epochs=epochs).fit(adata).history_) == max(epochs, 4)


def test_more_epochs_than_asked_for_are_announced(adata, capsys, caplog):
    preset = dataclasses.replace(SMALL, min_steps=7)
    with caplog.at_level(logging.INFO, "clear"):
        CLEAR(preset, epochs=3).fit(adata)
        assert "7 epochs instead of 3: so many make 7 steps" in caplog.text
        caplog.clear()
        CLEAR(preset).fit(adata)  # whose epochs are not those of the preset that it was made from
        assert "7 epochs instead of 2: so many make 7 steps" in caplog.text


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"preset": "papr"}, "did you mean 'paper'"),
        ({"seed": -1}, "seed must be a whole number, 0 or more"),
        ({"seed": 1.5}, "seed must be a whole number, 0 or more"),
        ({"device": "gpu"}, "device must be auto, cpu or cuda"),
    ],
)
def test_wrong_settings_are_refused(adata, settings, message):
    with pytest.raises(ClearError, match=message):
        CLEAR(**settings).fit(adata)


@pytest.mark.skipif(torch.cuda.is_available(), reason="a CUDA device is here")
def test_absent_cuda_is_an_error(adata):
    with pytest.raises(ClearError, match="no CUDA device"):
        CLEAR(SMALL, device="cuda").fit(adata)


def test_transform_needs_fit(adata):
    with pytest.raises(ClearError, match="call fit first"):
        CLEAR().transform(adata)


def test_collapse_is_reported_with_what_to_do(adata, caplog):
    with caplog.at_level(logging.WARNING, "clear"):
        model = CLEAR(dataclasses.replace(PAPER, hidden_nodes=64, epochs=10))
        embedding = model.fit_transform(adata)
    assert model.collapsed_
    assert adata.uns["clear"]["collapsed"]
    assert "Lower the learning rate (1)" in caplog.text
    assert np.isfinite(embedding).all()


def test_parameters_as_scikit_learn_has_them(adata):
    model = CLEAR(SMALL, seed=np.int64(3), n_top_genes=12)
    copy = clone(model)
    assert copy is not model and copy.get_params() == model.get_params()
    assert repr(CLEAR(seed=2, n_top_genes=None)) == "CLEAR(seed=2, n_top_genes=None)"
    assert np.array_equal(copy.fit_transform(adata), model.fit_transform(adata))
    assert model.set_params(seed=4) is model
    changed = model.fit_transform(adata)
    assert np.array_equal(changed, CLEAR(SMALL, seed=4, n_top_genes=12).fit_transform(adata))
    with pytest.raises(ClearError, match="no parameter 'seeds'; it has: preset, n_latent, seed"):
        model.set_params(seeds=3)


def test_numbers_of_numpy_are_settings(adata, tmp_path):
    plain = CLEAR(SMALL, n_latent=5, epochs=3, seed=2, n_top_genes=20)
    expected = plain.fit_transform(adata)
    model = CLEAR(
        dataclasses.replace(SMALL, batch_size=np.int32(512), learning_rate=np.float32(2**-10)),
        *(np.int64(5), np.uint8(2)),
        epochs=np.int16(3),
        n_top_genes=np.int64(20),
    ).set_params(preset=SMALL)
    assert np.array_equal(model.fit_transform(adata), expected)
    model.save(tmp_path / "model")  # as JSON
    adata.write_h5ad(tmp_path / "x.h5ad")
    assert CLEAR.load(tmp_path / "model").preset_ == plain.preset_


def test_new_data_may_hold_counts(adata):
    model = CLEAR(SMALL).fit(adata)
    raw = AnnData(adata.layers["counts"].copy(), var=adata.var)
    expected = model.transform(adata)
    assert np.allclose(model.transform(raw, counts=True), expected, atol=1e-4)
    with pytest.raises(ClearError, match="does not look log-normalised"):
        model.transform(raw)


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


def test_verbose_decides_whether_anything_is_shown(adata, capfd):
    for verbose in (True, False):
        code = "import sys, anndata; from clear import CLEAR; from clear.presets import Preset; "
        code += "preset = Preset(hidden_nodes=16, learning_rate=1e-3, epochs=20); "
        code += f"CLEAR(preset, verbose={verbose}).fit_transform(anndata.AnnData("
        code += "__import__('numpy').random.default_rng(0).random((40, 30))))"
        subprocess.run([sys.executable, "-c", code], check=True)
        shown = capfd.readouterr().err
        assert ("CLEAR: Genes: all 30." in shown) == ("epoch" in shown) == verbose
    assert not shown
