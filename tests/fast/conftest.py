"""Triton's kernels on the CPU."""

import os
import subprocess
import sys

import pytest


@pytest.fixture(scope="session")
def interpreted():
    """Run a Python script in which Triton's interpreter runs the kernels, on the CPU."""
    pytest.importorskip("triton", reason="Triton is not installed")

    def run(script, *arguments):
        # A process of its own: Triton chooses the interpreter as it is loaded.
        command = [sys.executable, "-c", script, *map(str, arguments)]
        subprocess.run(command, check=True, env=os.environ | {"TRITON_INTERPRET": "1"})

    return run
