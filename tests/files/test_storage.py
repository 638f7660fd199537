"""Saved models: the same bits back, and nothing that was tampered with."""

import dataclasses
import hashlib
import json
import logging
import subprocess
import sys

import numpy as np
import pytest
import safetensors.torch
import torch
from anndata import AnnData

from clear import CLEAR
from clear.errors import ClearError
from clear.files.storage import FORMAT_VERSION, _seal, read_folder, write_folder
from clear.presets import PAPER, RECOMMENDED, RELEASED

SMALL = dataclasses.replace(PAPER, hidden_nodes=16, n_latent=8, learning_rate=1e-3, epochs=2)
SETTINGS = "preset", "seed", "precision", "layer", "counts", "use_raw", "genes", "history"
TENSORS = {"a": torch.arange(6.0).reshape(2, 3), "step": torch.tensor(3.0)}


@pytest.fixture
def folder(adata, tmp_path):
    """A saved model."""
    CLEAR(SMALL).fit(adata).save(tmp_path / "model")
    return tmp_path / "model"


@pytest.mark.parametrize("preset", [PAPER, RECOMMENDED, RELEASED])
@pytest.mark.parametrize("layer", [None, "counts"])
def test_loaded_model_gives_the_same_bits(adata, tmp_path, preset, layer):
    small = dataclasses.replace(preset, hidden_nodes=16, learning_rate=1e-3)
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


def flip(path, place):
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)


def edit(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


@pytest.mark.parametrize(
    ("file", "harm", "message"),
    [
        ("model.safetensors", lambda path: flip(path, -1), "checksum is not the one in model.json"),
        ("model.safetensors", lambda path: flip(path, 3), "checksum"),
        ("model.safetensors", lambda path: path.write_bytes(path.read_bytes()[:-9]), "checksum"),
        ("model.safetensors", lambda path: path.write_bytes(b""), "checksum"),
        ("model.safetensors", lambda path: path.unlink(), "model.safetensors is missing"),
        ("model.json", lambda path: path.unlink(), "model.json is missing"),
        ("model.json", lambda path: path.write_text(path.read_text()[:-20]), "is damaged"),
        ("model.json", lambda path: path.write_text("[1]"), "is damaged"),
        ("model.json", lambda path: path.write_text("{}"), "is damaged"),
        ("model.json", lambda path: path.write_bytes(b"\xff\x00"), "is damaged"),
        ("model.json", lambda path: edit(path, "gene3", "gene33"), "changed after it was written"),
        ("model.json", lambda path: edit(path, '"epochs": 2', '"epochs": 3'), "changed after"),
        (
            "model.json",
            lambda path: edit(path, f'"format_version": {FORMAT_VERSION}', '"format_version": 99'),
            "has format 99, written by clear 0.* update clear",
        ),
    ],
)
def test_harmed_models_are_refused(folder, file, harm, message):
    harm(folder / file)
    with pytest.raises(ClearError, match=message):
        CLEAR.load(folder)


@pytest.mark.parametrize(
    "forge",
    [
        lambda settings, _: settings["preset"].update(invented_later=1),
        lambda settings, _: settings["preset"].update(n_latent=10**9),
        lambda settings, _: settings["preset"].update(hidden_nodes=10**9),
        lambda settings, _: settings["preset"].update(last_relu="yes"),
        *(lambda settings, _, name=name: settings.pop(name) for name in SETTINGS),
        lambda settings, _: settings["genes"].pop(),
        lambda settings, _: settings["history"].clear(),
        lambda settings, _: settings.update(preset=[1]),
        lambda settings, _: settings.update(seed="x"),
        lambda _, tensors: tensors.pop("0.weight"),
        lambda _, tensors: tensors.update({"2.bias": torch.zeros(3)}),
        lambda _, tensors: tensors.update({"0.weight": torch.zeros(())}),
    ],
)
def test_sealed_models_with_wrong_content_are_refused(folder, forge):
    tensors, settings = read_folder(folder, "model")
    forge(settings, tensors)
    write_folder(folder, "model", tensors, settings)
    with pytest.raises(ClearError, match=f"{folder}.*changed, or written by another version"):
        CLEAR.load(folder)


@pytest.mark.parametrize("data", [b"", b"garbage" * 9, b"\xff" * 7 + b"\x3f" + b"{}"])
def test_tensor_files_that_are_none_are_refused(folder, data):
    document = json.loads((folder / "model.json").read_text())
    (folder / "model.safetensors").write_bytes(data)
    document["tensors"]["sha256"] = hashlib.sha256(data).hexdigest()
    document.pop("sha256")
    document["sha256"] = _seal(document)
    (folder / "model.json").write_text(json.dumps(document))
    with pytest.raises(ClearError, match="model.safetensors cannot be read"):
        CLEAR.load(folder)


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


def test_writing_that_fails_leaves_the_old_content(tmp_path):
    write_folder(tmp_path / "x", "model", TENSORS, {"number": 1})
    with pytest.raises(ValueError, match="JSON"):
        write_folder(tmp_path / "x", "model", {"a": torch.zeros(9)}, {"number": float("nan")})
    tensors, settings = read_folder(tmp_path / "x", "model")
    assert settings == {"number": 1}
    assert torch.equal(tensors["a"], TENSORS["a"])
    assert tensors["step"].shape == ()


WRITER = """
import sys
from itertools import count
from pathlib import Path
import torch
from clear.files.storage import write_folder
for number in count(int(sys.argv[2])):
    tensors = {"a": torch.full((5_000_000,), number)}
    write_folder(Path(sys.argv[1]), "checkpoint", tensors, {"number": number})
    print(number, flush=True)
"""


def being_written(folder):
    """Whether a file with a temporary name has some content."""
    try:
        return any(path.stat().st_size for path in folder.glob(".*"))
    except FileNotFoundError:  # renamed in between
        return False


def test_killed_while_writing(tmp_path):
    """Killed in the middle of a file, a writer leaves the last state whole and can go on."""
    folder, number = tmp_path / "state", 0
    for _ in range(2):
        command = [sys.executable, "-c", WRITER, folder, str(number)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
            lines = [writer.stdout.readline(), writer.stdout.readline()]
            while writer.poll() is None and not being_written(folder):
                pass
            writer.kill()
            lines += writer.stdout.readlines()
        tensors, settings = read_folder(folder, "checkpoint")
        assert settings["number"] >= int(lines[-1])
        assert (tensors["a"] == settings["number"]).all()
        number = settings["number"] + 1
    for _ in range(2):  # two names in turn: each writing clears the leftovers of its own
        write_folder(folder, "checkpoint", TENSORS, {})
    assert len(list(folder.iterdir())) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["state"]


def test_views_and_every_kind_of_number(tmp_path):
    tensors = {
        "view": torch.arange(12).reshape(3, 4).T,
        "bytes": torch.arange(5, dtype=torch.uint8),
        "half": torch.ones(2, dtype=torch.bfloat16),
    }
    write_folder(tmp_path / "x", "checkpoint", tensors, {})
    back = read_folder(tmp_path / "x", "checkpoint")[0]
    for name, value in tensors.items():
        assert back[name].dtype == value.dtype
        assert torch.equal(back[name], value)


def test_models_and_checkpoints_are_not_mixed_up(folder):
    with pytest.raises(ClearError, match="no checkpoint of CLEAR"):
        read_folder(folder, "checkpoint")
    with pytest.raises(ClearError, match="holds something else"):
        write_folder(folder, "checkpoint", TENSORS, {})


def test_loading_is_silent_about_collapse(adata, tmp_path, caplog):
    model = CLEAR(dataclasses.replace(PAPER, hidden_nodes=64, epochs=10)).fit(adata)
    assert model.collapsed_
    model.save(tmp_path / "model")
    caplog.clear()
    with caplog.at_level(logging.WARNING, "clear"):
        assert CLEAR.load(tmp_path / "model").collapsed_
    assert not caplog.text
