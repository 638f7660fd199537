"""Two processes train as one does, on the CPU; what they cannot do is refused."""

import runpy
import subprocess
import sys
from pathlib import Path

import anndata
import numpy as np
import pytest
import torch

from clear.cli import main
from clear.errors import ClearError
from clear.model.parallel import group

SCRIPT = Path(__file__).with_name("parallel_trainings.py")
TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]


def torchrun(*arguments):
    """Start two processes and return how they ended and what they printed."""
    command = [*TORCHRUN, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """What each of two processes found."""
    folder = tmp_path_factory.mktemp("parallel")
    ended = torchrun(SCRIPT, folder)
    assert ended.returncode == 0, ended.stderr[-3000:]
    return [torch.load(folder / f"{rank}.pt", weights_only=False) for rank in range(2)]


@pytest.fixture(scope="module")
def alone():
    """What one process finds."""
    return runpy.run_path(str(SCRIPT))["trainings"]()


@pytest.mark.parametrize("name", ["paper", "one direction", "queue only", "odd last minibatch"])
def test_two_processes_train_as_one_does(both, alone, name):
    history, weights, computed_by = alone[name]
    assert "processes" not in computed_by
    for process in both:
        shared_history, shared_weights, shared_by = process["trainings"][name]
        assert shared_by["processes"] == "2"
        for epoch, shared in zip(history, shared_history, strict=True):
            assert epoch == pytest.approx(shared, rel=1e-4, abs=1e-5)
        for key, value in weights.items():
            assert torch.allclose(value, shared_weights[key], rtol=0, atol=1e-4), key
    first, second = (process["trainings"][name][1] for process in both)
    assert all(torch.equal(first[key], second[key]) for key in first)


def test_one_process_is_the_first(both):
    assert [process["first"] for process in both] == [True, False]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("recommended", "its settings neighbors, loss): use the preset 'paper', or one process"),
        ("released", "its settings crossover_writes_back): use the preset 'paper'"),
        ("batch", "A minibatch of 41 cells cannot be split over 2 processes"),
        ("seeds", "given different trainings: their seed differs (0, 1)"),
    ],
)
def test_what_several_processes_cannot_do_is_refused_by_each(both, name, said):
    assert all(said in process["refusals"][name] for process in both)


def test_more_processes_than_gpus(monkeypatch):
    for name, value in {"TORCHELASTIC_RUN_ID": "x", "WORLD_SIZE": "65", "LOCAL_RANK": "64"}.items():
        monkeypatch.setenv(name, value)
    with (
        pytest.raises(ClearError, match="There are more processes than the [0-9]+ GPUs here"),
        group(torch.device("cuda")),
    ):
        pass


def test_the_command_line_under_torchrun_writes_one_file(tmp_path, adata):
    given = tmp_path / "cells.h5ad"
    adata.write_h5ad(given)
    options = ["--preset", "paper", "--epochs", "2", "--device", "cpu"]
    assert main(["embed", str(given), str(tmp_path / "one.h5ad"), *options]) == 0
    checkpoint = ["--checkpoint", tmp_path / "state"]
    ended = torchrun(
        "-m", "clear.cli", "embed", given, tmp_path / "two.h5ad", *options, *checkpoint
    )
    assert ended.returncode == 0, ended.stderr[-3000:]
    assert ended.stderr.count("two.h5ad: obsm['X_clear'], 60 cells x 128.") == 1
    one, two = (anndata.read_h5ad(tmp_path / f"{name}.h5ad") for name in ("one", "two"))
    assert two.uns["clear"]["computed_by"]["processes"] == "2"
    # The paper's learning rate of 1 magnifies the rounding of the first steps.
    cosine = (one.obsm["X_clear"] * two.obsm["X_clear"]).sum(1)
    assert np.all(cosine > 0.99)
