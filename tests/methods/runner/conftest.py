"""What watches the processes of a run."""

import time
from pathlib import Path

import pytest


@pytest.fixture
def alive():
    """Find the processes with a mark on their command line."""

    def find(marker):
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                is_ours = marker in (folder / "cmdline").read_text()
                if is_ours and "State:\tZ" not in (folder / "status").read_text():
                    found.append(int(folder.name))
            except OSError:
                continue
        return found

    return find


@pytest.fixture
def wait_for():
    """Wait until something is true; fail after half a minute."""

    def wait(condition, what):
        for _ in range(600):
            if condition():
                return
            time.sleep(0.05)
        pytest.fail(f"waited in vain for {what}")

    return wait
