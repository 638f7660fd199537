"""A function in a process of its own, so that a crash in it is an error and not the end."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from clear.errors import ClearError

# What a library in C ends with that finds no way through a damaged file.
CRASHES = {signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT, signal.SIGFPE, signal.SIGILL}
PR_SET_PDEATHSIG = 1  # of Linux


def apart(work: Callable[[], str]) -> str:
    """Call a function in a child process, which ends with this one, and return its answer.

    Raises
    ------
    ClearError
        The child crashed, or the kernel killed it for want of memory.
    SystemExit
        It was killed or interrupted.
    """
    parent, kills = os.getpid(), _kills()
    sys.stdout.flush()
    sys.stderr.flush()
    receive, send = os.pipe()
    child = os.fork()
    if not child:
        code = 1
        try:
            _end_with(parent)
            os.write(send, work().encode())
            code = 0
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    os.close(send)
    with os.fdopen(receive, encoding="utf-8") as answers:
        answer = answers.read()
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code == 0:
        return answer
    if -code in CRASHES:
        raise ClearError(f"its process crashed ({signal.Signals(-code).name}).")
    if -code == signal.SIGKILL and _kills() > kills:
        raise ClearError("its process was killed by the kernel, which ran out of memory.")
    raise SystemExit(f"a step was ended from outside (exit code {code})")


# The runner has its own of these two: an edit of it is no reason to read data again.
def _end_with(parent: int) -> None:
    """Have the kernel kill this process when its parent ends, however it does (Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it ended before the line above
        os._exit(1)


def _kills() -> int:
    """Return how many processes the kernel has killed for want of memory since it started."""
    counts = Path("/proc/vmstat")
    lines = counts.read_text().splitlines() if counts.exists() else []
    return sum(int(line.split()[1]) for line in lines if line.startswith("oom_kill "))
