"""Threads: how many a training gets, and what OpenMP itself reports of their spinning."""

import dataclasses
import os
import subprocess
import sys
import time

import numpy as np
import pytest
import torch
from anndata import AnnData

from clear import CLEAR
from clear.errors import ClearError
from clear.fast.threads import limit_spinning, threads_for
from clear.presets import RECOMMENDED

OURS = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")
LOADS = ["import clear; clear.CLEAR", "from clear.cli import main; main(['embed', 'no', 'none'])"]


def without_ours():
    return {name: value for name, value in os.environ.items() if name not in OURS}


def setting(name, program):
    """What OpenMP displays of a setting in a new process, on its start."""
    environment = without_ours() | {"OMP_DISPLAY_ENV": "verbose"}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True
    )
    lines = [line for line in done.stderr.splitlines() if name in line]
    if not lines:
        pytest.skip("PyTorch's OpenMP does not display its settings here")
    return lines[-1].split("=")[1].strip().strip("'").lower()


@pytest.mark.parametrize("program", LOADS)
def test_threads_sleep_soon_where_clear_loads_torch(program):
    assert setting("GOMP_SPINCOUNT", program) == "10000"


def chosen(**settings):
    """The variable after the call, in a new process that does not load PyTorch."""
    code = "import os; from clear.fast.threads import limit_spinning; limit_spinning(); "
    code += "print(os.environ.get('GOMP_SPINCOUNT'))"
    command = [sys.executable, "-c", code]
    return subprocess.run(
        command, env=without_ours() | settings, capture_output=True, text=True, check=True
    ).stdout.strip()


def test_own_choice_is_kept(monkeypatch):
    assert chosen() == "10000"
    assert chosen(GOMP_SPINCOUNT="5") == "5"
    assert chosen(OMP_WAIT_POLICY="active") == "None"
    for name in OURS:
        monkeypatch.delenv(name, raising=False)
    limit_spinning()  # too late here: PyTorch has read the variable
    assert "torch" in sys.modules and "GOMP_SPINCOUNT" not in os.environ


@pytest.fixture
def eight():
    """PyTorch has eight threads, however many cores there are."""
    before = torch.get_num_threads()
    torch.set_num_threads(8)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize(
    ("profiles", "genes", "nodes", "expected"),
    [
        (90, 2000, 128, 1),  # Yan by the preset recommended
        (512, 2000, 128, 2),
        (1024, 2000, 1024, 8),
    ],
)
def test_threads_follow_the_size_of_a_step(eight, profiles, genes, nodes, expected):
    with threads_for(profiles, genes, nodes):
        assert torch.get_num_threads() == expected
    assert torch.get_num_threads() == 8


def test_small_trainings_give_the_same_bits_whatever_the_number_of_threads(eight):
    """With eight threads the sums of these products are rounded differently."""
    values = np.random.default_rng(0).random((90, 2000))
    preset = dataclasses.replace(RECOMMENDED, epochs=3, min_steps=0)
    many = CLEAR(preset, device="cpu").fit_transform(AnnData(values.copy()))
    torch.set_num_threads(1)
    assert np.array_equal(CLEAR(preset, device="cpu").fit_transform(AnnData(values)), many)


def test_a_small_training_leaves_other_cores_alone(eight):
    """Threads that wait for each other, or spin, would take several times the training's time."""
    model = CLEAR(dataclasses.replace(RECOMMENDED, epochs=1, min_steps=50), device="cpu")
    adata = AnnData(np.random.default_rng(0).random((90, 2000)))
    model.fit_transform(adata)  # compiles the kernels
    everything, own = time.process_time(), time.thread_time()
    model.fit_transform(adata)
    everything, own = time.process_time() - everything, time.thread_time() - own
    assert everything - own < 0.1 * own


def test_threads_are_given_back_after_an_error(eight):
    with pytest.raises(ClearError, match="NaN"):
        CLEAR().fit(AnnData(np.full((9, 4), np.nan)))
    assert torch.get_num_threads() == 8
