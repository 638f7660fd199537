"""Mistakes, and files that cannot be used or written, are one line and leave nothing."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import anndata
import h5py
import numpy as np
import pytest

from clear.cli import main
from tests.clear.cli.commands import embed


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--preset", "papper"], "did you mean 'paper'"),
        (["--layer", "raw"], "no layer 'raw' (there: counts)"),
        (["--seed", "-1"], "seed must be"),
        (["--precision", "half"], "precision must be auto, fp32 or bf16, not 'half'"),
        (["--resume"], "give the folder of the checkpoint"),
        (["--checkpoint", "."], "holds something else"),
    ],
)
def test_mistakes_are_one_line_and_leave_no_file(source, tmp_path, capsys, options, message):
    assert embed(source, tmp_path / "out.h5ad", *options) == 2
    error = capsys.readouterr().err
    assert error.startswith("clear-sc: error: ")
    assert message in error
    assert "Traceback" not in error
    assert [path.name for path in tmp_path.iterdir()] == ["in.h5ad"]


def test_files_that_cannot_be_used(source, tmp_path, capsys):
    assert embed(tmp_path / "none.h5ad", tmp_path / "out.h5ad") == 2
    assert "There is no file" in capsys.readouterr().err
    text = tmp_path / "text.h5ad"
    text.write_text("not HDF5")
    assert embed(text, tmp_path / "out.h5ad") == 2
    assert "cannot be read as an .h5ad file" in capsys.readouterr().err
    cut = tmp_path / "cut.h5ad"
    cut.write_bytes(source.read_bytes()[:3000])
    assert embed(cut, tmp_path / "out.h5ad") == 2
    assert "cannot be read as an .h5ad file" in capsys.readouterr().err
    old = tmp_path / "old.h5ad"
    with h5py.File(old, "w") as file:
        file["X"] = np.ones((3, 2))
        file["obs"] = np.zeros(3, dtype=[("index", "S5")])
    assert embed(old, tmp_path / "out.h5ad") == 2
    assert "before 0.7; convert it" in capsys.readouterr().err
    assert embed(source, tmp_path) == 2
    assert "is a folder" in capsys.readouterr().err
    assert embed(tmp_path / "text.h5ad" / "x", tmp_path / "out.h5ad") == 2
    assert "There is no file" in capsys.readouterr().err
    assert embed(source, text / "out.h5ad") == 2
    assert "cannot be written" in capsys.readouterr().err
    assert not (tmp_path / "out.h5ad").exists()


def test_an_output_behind_a_link_is_written_where_the_link_leads(source, tmp_path):
    (tmp_path / "there").mkdir()
    link = tmp_path / "link.h5ad"
    link.symlink_to("there/out.h5ad")
    for _ in range(2):  # the file is there the second time
        assert embed(source, link) == 0
        assert link.is_symlink()
        assert anndata.read_h5ad(tmp_path / "there" / "out.h5ad").obsm["X_clear"].shape == (25, 50)


def test_an_output_that_is_a_pipe_or_device_stays(source, tmp_path, capsys):
    os.mkfifo(tmp_path / "pipe")
    for place in (tmp_path / "pipe", "/dev/null"):
        assert embed(source, place) == 2
        assert "is a device or pipe; give the name of a file" in capsys.readouterr().err
    assert (tmp_path / "pipe").is_fifo() and Path("/dev/null").is_char_device()


@pytest.mark.parametrize("how", ["replaced", "written to"])
def test_an_input_that_changes_during_the_training_is_refused(source, tmp_path, capsys, how):
    other = anndata.read_h5ad(source)[::-1].copy()
    other.write_h5ad(tmp_path / "other.h5ad")

    state = tmp_path / "state"

    def change():
        while not state.exists():  # written after the first epoch
            time.sleep(0.01)
        if how == "replaced":
            (tmp_path / "other.h5ad").replace(source)
        else:
            os.utime(source, ns=(1, 1))

    arguments = ["embed", str(source), str(tmp_path / "out.h5ad"), "--checkpoint", str(state)]
    with ThreadPoolExecutor() as pool:
        changed = pool.submit(change)
        assert main([*arguments, "--preset", "released", "--epochs", "100"]) == 2
        changed.result()
    assert "was replaced or changed after it was read" in capsys.readouterr().err
    assert not (tmp_path / "out.h5ad").exists()
