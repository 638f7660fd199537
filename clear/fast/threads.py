"""How PyTorch's threads wait for each other on the CPU."""

import os
import sys

# About as long as one small operation takes.
TURNS = "10000"


def wait_asleep() -> None:
    """Let threads that wait sleep after a short while, unless the environment says otherwise.

    By default they spin for milliseconds after each operation. Beside other processes they then
    hold the cores that the thread they wait for needs, and a training takes several times as
    long. Never to spin costs a fifth on a quiet machine. OpenMP reads the variable when PyTorch
    is loaded; later calls change nothing.
    """
    if "torch" not in sys.modules and "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", TURNS)
