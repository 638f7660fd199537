"""How PyTorch's threads wait for each other on the CPU."""

import os
import sys


def wait_asleep() -> None:
    """Let threads that wait sleep instead of spin, unless ``OMP_WAIT_POLICY`` says otherwise.

    By default they spin for milliseconds after each operation. Beside other processes they then
    hold the cores that the thread they wait for needs, and a training takes several times as
    long. OpenMP reads the variable when PyTorch is loaded; later calls change nothing.
    """
    if "torch" not in sys.modules:
        os.environ.setdefault("OMP_WAIT_POLICY", "passive")
