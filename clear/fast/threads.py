"""Idle OpenMP threads: how long they spin before they sleep."""

import os
import sys

# About as long as one small operation takes.
SPINS = "10000"


def limit_spinning() -> None:
    """Let idle threads spin only briefly, unless the environment says otherwise.

    By default they spin for milliseconds after each operation. On a shared machine they then
    occupy cores that other threads need, their own process's included, and a training takes
    several times as long. No spinning at all costs a fifth on an idle machine. OpenMP reads the
    variable when PyTorch is loaded; later calls change nothing.
    """
    if "torch" not in sys.modules and "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", SPINS)
