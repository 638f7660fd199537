"""Run one program under a time and a memory limit and measure it."""

import os
import signal
import subprocess
import time
from collections import namedtuple

from clear.benchmark.methods.runner import ending, processes
from clear.benchmark.methods.runner.printed import Printed

#: Seconds between two looks at the memory, and at the memory of the GPU.
SAMPLE_S = 0.2
GPU_SAMPLE_S = 2.0

#: What became of a program. ``exit_code`` is negative for a signal; ``stopped`` is None, "timeout"
#: or "memory"; ``oom_killed``: the kernel killed some process for want of memory meanwhile.
Outcome = namedtuple(
    "Outcome", "exit_code wall_s cpu_s peak_memory_mb peak_gpu_memory_mb stopped oom_killed"
)


class Cancelled(Exception):
    """The runner was asked to stop, or the process that started it is gone."""


class Cancel:
    """Remembers a request to stop: SIGTERM, SIGINT, SIGHUP, or the death of the parent."""

    def __init__(self):
        self._parent = os.getppid()
        self._signal = None
        for signum in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(signum, self._note)

    def _note(self, signum, frame):
        self._signal = signum

    def check(self):
        """Raise `Cancelled` when there is a reason to stop."""
        if self._signal is not None:
            raise Cancelled(f"stopped by {signal.Signals(self._signal).name}")
        if os.getppid() != self._parent:
            raise Cancelled("the process that started the runner is gone")


def run(command, env, log, cancel, folder=None, seconds=None, max_memory_mb=None, gpu_memory=None):
    """Run ``command`` in a session of its own until it ends or exceeds a limit.

    Nothing of it is alive afterwards, however this function is left.

    Parameters
    ----------
    command : list of str
        Program and arguments.
    env : dict
        The whole environment of the program.
    log : file object
        Takes standard output and standard error, of much the beginning and the end.
    cancel : Cancel
        Asked several times a second.
    folder : str, optional
        Where it starts; here if it is not given.
    seconds, max_memory_mb : float, optional
        Limits; memory is that of all its processes together, in MiB.
    gpu_memory : callable, optional
        Called now and then with the process ids; returns MiB on the GPU, or None.

    Returns
    -------
    Outcome
        Times and memory are those of the program and all its descendants.

    Raises
    ------
    OSError
        When the program cannot be started.
    Cancelled
        When ``cancel`` said so.
    """
    ending.adopt_orphans()
    oom_kills = processes.oom_kills()
    started = time.monotonic()
    child = subprocess.Popen(
        command,
        env=env,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=ending.die_with(os.getpid()),
    )
    guard, usage = ending.Guard(child.pid, seconds), processes.Usage()
    printed = Printed(child.stdout, log)
    peak = peak_gpu = 0.0
    stopped, pause, next_sample, next_gpu = None, 0.005, 0.0, 0.0
    try:
        while child.pid not in usage.exit_codes and stopped is None:
            cancel.check()
            now = time.monotonic()
            if now >= next_sample:
                pids = processes.descendants(child.pid, guard)
                peak = max(peak, processes.memory_mb(pids))
                # where thousands of processes run a look is expensive: 5 % of the time at most
                next_sample = now + max(SAMPLE_S, 20 * (time.monotonic() - now))
                if gpu_memory is not None and now >= next_gpu:
                    peak_gpu = max(peak_gpu, gpu_memory(pids) or 0.0)
                    next_gpu = time.monotonic() + GPU_SAMPLE_S
            if max_memory_mb is not None and peak > max_memory_mb:
                stopped = "memory"
            elif seconds is not None and now - started > seconds:
                stopped = "timeout"
            else:
                time.sleep(pause)
                pause = min(pause * 1.5, 0.1)
            usage.reap()
        wall = time.monotonic() - started
    finally:
        ending.end_all(child.pid, guard, usage)
        guard.dismiss()
        printed.join()
        child.returncode = usage.exit_codes.get(child.pid, -signal.SIGKILL)
    peak = max(peak, usage.max_rss_mb)
    if stopped is None and max_memory_mb is not None and peak > max_memory_mb:
        stopped = "memory"  # it ended between two looks: the limit holds all the same
    killed = child.returncode in (-signal.SIGKILL, 128 + signal.SIGKILL)
    if stopped is None and killed and seconds is not None and wall > seconds:
        stopped = "timeout"  # by the guard, while somebody had stopped this process
    return Outcome(
        exit_code=child.returncode,
        wall_s=wall,
        cpu_s=usage.cpu_s,
        peak_memory_mb=peak,
        peak_gpu_memory_mb=peak_gpu or None,
        stopped=stopped,
        oom_killed=processes.oom_kills() > oom_kills,
    )
