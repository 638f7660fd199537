"""What a fit gives: the embedding, its record, and as many epochs as are needed."""

import dataclasses
import logging

import anndata
import numpy as np
import torch
from anndata import AnnData

import clear
from clear import CLEAR
from clear.presets import PAPER
from tests.clear.estimator.small import SMALL


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


def test_collapse_is_reported_with_what_to_do(adata, caplog):
    with caplog.at_level(logging.WARNING, "clear"):
        model = CLEAR(dataclasses.replace(PAPER, hidden_nodes=64, epochs=10))
        embedding = model.fit_transform(adata)
    assert model.collapsed_
    assert adata.uns["clear"]["collapsed"]
    assert "Lower the learning rate (1)" in caplog.text
    assert np.isfinite(embedding).all()
