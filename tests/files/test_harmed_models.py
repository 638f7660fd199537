"""Models that were damaged, forged or tampered with are refused."""

import hashlib
import json

import pytest
import torch

from clear import CLEAR
from clear.errors import ClearError
from clear.files.storage import FORMAT_VERSION, _seal, read_folder, write_folder

SETTINGS = "preset", "seed", "precision", "layer", "counts", "use_raw", "genes", "history"


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
