"""Folders of tensors and settings: old content stays until the new one is whole."""

import subprocess
import sys
import time

import pytest
import torch

from clear.errors import ClearError
from clear.files.storage import read_folder, write_folder

TENSORS = {"a": torch.arange(6.0).reshape(2, 3), "step": torch.tensor(3.0)}


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
                time.sleep(0.001)
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
