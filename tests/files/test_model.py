"""Saved models: the same bits back, where and how they can be kept."""

import dataclasses
import json
import logging

import numpy as np
import pytest
import safetensors.torch
from anndata import AnnData

from clear import CLEAR
from clear.errors import ClearError
from clear.files.storage import FORMAT_VERSION, read_folder, write_folder
from clear.presets import PAPER, RECOMMENDED, RELEASED
from tests.files.models import SMALL


@pytest.mark.parametrize("preset", [PAPER, RECOMMENDED, RELEASED])
@pytest.mark.parametrize("layer", [None, "counts"])
def test_loaded_model_gives_the_same_bits(adata, tmp_path, preset, layer):
    small = dataclasses.replace(preset, hidden_nodes=16, learning_rate=1e-3, min_steps=0)
    model = CLEAR(small, n_latent=5, epochs=3, seed=7, device="cpu")
    expected = model.fit_transform(adata, layer=layer)
    model.save(tmp_path / "model")
    loaded = CLEAR.load(tmp_path / "model")
    other = AnnData(adata.X.copy(), var=adata.var, layers={"counts": adata.layers["counts"]})
    assert np.array_equal(loaded.transform(other), expected)
    record, again = adata.uns["clear"], other.uns["clear"]
    assert np.array_equal(record.pop("genes"), again.pop("genes"))
    assert record == again
    assert loaded.history_ == model.history_
    assert list(loaded.genes_) == list(model.genes_)
    assert (loaded.preset_, loaded.seed, loaded.collapsed_, loaded.layer_) == (
        model.preset_,
        7,
        model.collapsed_,
        layer,
    )


def test_model_of_a_version_that_did_not_say_what_computed(adata, folder):
    tensors, settings = read_folder(folder, "model")
    assert "augmentations" in settings.pop("computed_by")
    write_folder(folder, "model", tensors, settings)
    model = CLEAR.load(folder, device="cpu")
    model.transform(adata)
    assert adata.uns["clear"]["computed_by"] == {}


def test_loaded_model_can_be_trained_and_saved_again(adata, folder):
    loaded = CLEAR.load(folder, device="cpu")
    assert np.array_equal(loaded.fit_transform(adata), CLEAR(SMALL).fit_transform(adata))
    for _ in range(3):
        loaded.save(folder)
        assert len(list(folder.iterdir())) == 2
    assert np.array_equal(CLEAR.load(folder).transform(adata), loaded.transform(adata))


def test_files_are_json_and_safetensors(folder):
    assert sorted(path.name for path in folder.iterdir()) == ["model.json", "model.safetensors"]
    assert [path.name for path in folder.parent.iterdir()] == ["model"]
    # Whoever may read the one may read the other.
    assert len({path.stat().st_mode for path in folder.iterdir()}) == 1
    content = json.loads((folder / "model.json").read_text())
    assert content["format_version"] == FORMAT_VERSION
    assert content["settings"]["preset"]["learning_rate"] == 1e-3
    tensors = safetensors.torch.load_file(folder / "model.safetensors")
    assert sorted(tuple(value.shape) for value in tensors.values()) == [
        (8,),
        (8, 16),
        (16,),
        (16, 30),
    ]


def test_model_from_a_gpu_is_loaded_where_there_is_none(folder):
    tensors, settings = read_folder(folder, "model")
    write_folder(folder, "model", tensors, settings | {"device": "cuda"})
    assert CLEAR.load(folder, device="cpu").device_ == "cpu"


def test_places_that_cannot_be_used(adata, tmp_path):
    with pytest.raises(ClearError, match="call fit first"):
        CLEAR(SMALL).save(tmp_path / "model")
    model = CLEAR(SMALL).fit(adata)
    (tmp_path / "file").write_text("mine")
    with pytest.raises(ClearError, match="file is a file"):
        model.save(tmp_path / "file")
    with pytest.raises(ClearError, match="cannot be written"):
        model.save(tmp_path / "file" / "model")
    with pytest.raises(ClearError, match="holds something else .file."):
        model.save(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").read_text() == "mine"
    with pytest.raises(ClearError, match="no model of CLEAR in"):
        CLEAR.load(tmp_path / "none")


def test_new_folder_below_new_ones(adata, tmp_path):
    model = CLEAR(SMALL).fit(adata)
    model.save(tmp_path / "a" / "b")
    (tmp_path / "empty").mkdir()
    model.save(str(tmp_path / "empty"))
    for name in ("a/b", "empty"):
        assert CLEAR.load(tmp_path / name).seed == 0


def test_loading_is_silent_about_collapse(adata, tmp_path, caplog):
    model = CLEAR(dataclasses.replace(PAPER, hidden_nodes=64, epochs=10)).fit(adata)
    assert model.collapsed_
    model.save(tmp_path / "model")
    caplog.clear()
    with caplog.at_level(logging.WARNING, "clear"):
        assert CLEAR.load(tmp_path / "model").collapsed_
    assert not caplog.text
