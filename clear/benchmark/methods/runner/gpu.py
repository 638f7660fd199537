"""One GPU for one run: choose it, keep others off it, see how much of its memory is used.

Everything is asked of ``nvidia-smi``; where it is absent there is no GPU to choose.
"""

import contextlib
import fcntl
import os
import subprocess
import tempfile
import time


def devices():
    """Return the ids of the GPUs of this machine as str; an empty list where there is none."""
    return [row[0] for row in _ask("--query-gpu=index,name") if len(row) == 2]


def memory_mb(pids):
    """Return the GPU memory that processes use in MiB; None where that cannot be known."""
    rows = _ask("--query-compute-apps=pid,used_memory")
    used = [float(row[1]) for row in rows if row[0] in {str(pid) for pid in pids} and _number(row)]
    return sum(used) if used else None


@contextlib.contextmanager
def chosen(env, cancel):
    """Let a method see one GPU where the machine has several and nobody has chosen yet.

    Parameters
    ----------
    env : dict
        The method's environment; ``CUDA_VISIBLE_DEVICES`` is set in it where that is needed.
    cancel : watch.Cancel
        Asked while waiting for a free GPU.

    Yields
    ------
    bool
        Whether this machine has a GPU.
    """
    found = devices()
    if len(found) < 2 or "CUDA_VISIBLE_DEVICES" in env:
        yield bool(found)
        return
    index, lock = _reserve(found, cancel)
    with lock:
        # CUDA numbers the fastest GPU first unless asked to count as nvidia-smi does
        env.update(CUDA_VISIBLE_DEVICES=index, CUDA_DEVICE_ORDER="PCI_BUS_ID")
        yield True


def _reserve(ids, cancel):
    """Wait for a free GPU; return its id and the open lock file that keeps it.

    The kernel drops the lock when this process dies: a crash leaves no GPU locked.
    """
    folder = os.path.join(tempfile.gettempdir(), f"clear-gpu-locks-{os.getuid()}")
    os.makedirs(folder, mode=0o700, exist_ok=True)
    while True:
        for index in ids:
            lock = open(os.path.join(folder, f"gpu{index}.lock"), "w")  # noqa: SIM115 - kept
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return index, lock
            except OSError:
                lock.close()
        cancel.check()
        time.sleep(0.5)


def _ask(query):
    command = ["nvidia-smi", query, "--format=csv,noheader,nounits"]
    try:
        answer = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=20, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return []
    lines = answer.stdout.decode("utf-8", "replace").splitlines()
    return [[cell.strip() for cell in line.split(",", 1)] for line in lines if line.strip()]


def _number(row):
    return len(row) == 2 and row[1].replace(".", "", 1).isdigit()
