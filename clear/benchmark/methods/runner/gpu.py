"""One GPU for one run: choose it, keep others off it, see how much of its memory is used.

A scheduler's choice, ``CUDA_VISIBLE_DEVICES``, is respected. All else is asked of ``nvidia-smi``;
where it is absent there is no GPU to choose.
"""

import contextlib
import fcntl
import os
import subprocess
import tempfile
import time

from clear.benchmark.methods.runner.allocation import job_id

#: What schedulers write where they give no GPU.
NONE = ("", "-1", "NoDevFiles")


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
    """Let a method see one GPU, and no other run that one at the same time.

    Of the GPUs in ``CUDA_VISIBLE_DEVICES``, or of all of this machine where that is not set. Where
    there is a single one nobody has to choose: it is used as it is.

    Parameters
    ----------
    env : dict
        The method's environment; ``CUDA_VISIBLE_DEVICES`` is set in it where that is needed.
    cancel : watch.Cancel
        Asked while waiting for a free GPU.

    Yields
    ------
    str or None
        The GPU's id, as in ``CUDA_VISIBLE_DEVICES``; None where there is none.
    """
    given = env.get("CUDA_VISIBLE_DEVICES")
    ids = devices() if given is None else [name.strip() for name in given.split(",")]
    ids = [name for name in ids if name not in NONE]
    if len(ids) < 2:
        yield ids[0] if ids else None
        return
    index, lock = _reserve(ids, cancel)
    with lock:
        env["CUDA_VISIBLE_DEVICES"] = index
        if given is None:  # CUDA numbers the fastest GPU first unless asked to do as nvidia-smi
            env["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID"
        yield index


def _reserve(ids, cancel):
    """Wait for a free GPU; return its id and the open lock file that keeps it.

    The kernel drops the lock when this process dies: a crash leaves no GPU locked. Jobs of SLURM
    have GPUs of their own, which each may number from 0, and so have locks of their own.
    """
    owner = "-".join(["clear-gpu-locks", str(os.getuid()), *filter(None, [job_id()])])
    folder = os.path.join(tempfile.gettempdir(), owner)
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
