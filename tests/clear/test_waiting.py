"""What OpenMP itself says that it was told."""

import os
import subprocess
import sys

import pytest

LOADS = ["import clear; clear.CLEAR", "from clear.cli import main; main(['embed', 'no', 'none'])"]


def policy(program, **settings):
    """OpenMP's waiting policy in a new process, as it displays it on its start."""
    environment = {k: v for k, v in os.environ.items() if k != "OMP_WAIT_POLICY"}
    environment |= {"OMP_DISPLAY_ENV": "true", **settings}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True
    )
    lines = [line for line in done.stderr.splitlines() if "OMP_WAIT_POLICY" in line]
    if not lines:
        pytest.skip("PyTorch's OpenMP does not display its settings here")
    return lines[-1].split("=")[1].strip().strip("'").lower()


@pytest.mark.parametrize("program", LOADS)
def test_threads_sleep_where_clear_loads_torch(program):
    assert policy(program) == "passive"


def test_own_choice_is_kept():
    assert policy(LOADS[0], OMP_WAIT_POLICY="active") == "active"
    assert policy("import torch; " + LOADS[0]) == policy("import torch")
