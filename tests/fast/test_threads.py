"""Spinning: what OpenMP itself reports as its settings."""

import os
import subprocess
import sys

import pytest

LOADS = ["import clear; clear.CLEAR", "from clear.cli import main; main(['embed', 'no', 'none'])"]


def setting(name, program, **settings):
    """What OpenMP displays of a setting in a new process, on its start."""
    ours = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")
    environment = {k: v for k, v in os.environ.items() if k not in ours}
    environment |= {"OMP_DISPLAY_ENV": "verbose", **settings}
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


def test_own_choice_is_kept():
    assert setting("GOMP_SPINCOUNT", LOADS[0], GOMP_SPINCOUNT="5") == "5"
    assert setting("OMP_WAIT_POLICY", LOADS[0], OMP_WAIT_POLICY="active") == "active"
    as_it_is = setting("GOMP_SPINCOUNT", "import torch")
    assert setting("GOMP_SPINCOUNT", "import torch; " + LOADS[0]) == as_it_is
    active = setting("GOMP_SPINCOUNT", "import torch", OMP_WAIT_POLICY="active")
    assert setting("GOMP_SPINCOUNT", LOADS[0], OMP_WAIT_POLICY="active") == active
