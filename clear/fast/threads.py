"""Threads on the CPU: how many a step gets, and how long idle ones spin before they sleep."""

import contextlib
import os
import sys
from collections.abc import Iterator

# About as long as one small operation takes.
SPINS = "10000"
# Multiplications in the first layer that are worth a thread: they take about a millisecond.
PER_THREAD = 50_000_000


def limit_spinning() -> None:
    """Let idle threads spin only briefly, unless the environment says otherwise.

    By default they spin for milliseconds after each operation. On a shared machine they then
    occupy cores that other threads need, their own process's included, and a training takes
    several times as long. No spinning at all costs a fifth on an idle machine. OpenMP reads the
    variable when PyTorch is loaded; later calls change nothing.
    """
    if "torch" not in sys.modules and "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", SPINS)


@contextlib.contextmanager
def threads_for(profiles: int, genes: int, nodes: int) -> Iterator[None]:
    """Give PyTorch and the kernels as many threads as a step can use; afterwards as before.

    Threads wait for each other after every operation. In a step of a small dataset they hardly
    save time, and where other processes use the cores each wait lasts until the scheduler lets
    the slowest thread run. The number depends on the size of a step, not on the load: matrix
    products are rounded differently with another number of threads, so that all machines with
    that many cores give the same numbers.

    Parameters
    ----------
    profiles, genes, nodes
        Rows of a step, and inputs and outputs of the first layer.
    """
    import torch

    before = torch.get_num_threads()
    useful = profiles * genes * nodes // PER_THREAD
    torch.set_num_threads(min(before, max(useful, 1)))
    try:
        yield
    finally:
        torch.set_num_threads(before)
