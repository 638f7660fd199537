"""Memory: how much is free, and a clear refusal where that is too little."""

import os
import subprocess
import sys
import time

import numpy as np
import pytest
import torch

from clear.cells.memory import allocate, available
from clear.errors import ClearError


def test_too_little_memory_for_a_chunk():
    """In a process that may have 200 MB more than it has, where a chunk takes 800 MB."""
    code = """
import resource
import numpy as np, torch
from pathlib import Path
from clear.errors import ClearError
from clear.cells.memory import allocate
used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 200_000_000,) * 2)
try:
    allocate(100_000, 2000, torch.device("cpu"))
except ClearError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "too little memory for 100000 cells x 2000 genes at a time (0.8 GB)" in done.stdout
    assert "--n-top-genes" in done.stdout
    with pytest.raises(ClearError, match=r"\(4000000000.0 GB\).*GB are available"):
        allocate(10**15, 1000, torch.device("cpu"))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_available_memory_is_less_than_that_of_the_machine_and_falls():
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    falls = []
    while len(falls) < 30 and max(falls, default=0) <= 0.5:
        time.sleep(0.2 * bool(falls))  # other processes may give memory back at the same moment
        before = available()
        assert 0 < before < machine
        taken = np.ones(300_000_000, dtype=np.uint8)
        falls.append((before - available()) / len(taken))
        del taken
    assert max(falls) > 0.5
