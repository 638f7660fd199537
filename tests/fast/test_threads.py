"""Spinning: what OpenMP itself reports as its settings."""

import os
import subprocess
import sys

import pytest
import torch  # noqa: F401 (test_own_choice_is_kept needs it loaded)

from clear.fast.threads import limit_spinning

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
