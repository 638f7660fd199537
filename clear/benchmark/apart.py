"""A function in a process of its own, so that a crash in it is an error and not the end."""

import os
import signal
import sys
from collections.abc import Callable

from clear.benchmark.methods.runner.ending import die_with
from clear.benchmark.methods.runner.processes import oom_kills
from clear.errors import ClearError

# What a library in C ends with that finds no way through a damaged file.
CRASHES = {signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT, signal.SIGFPE, signal.SIGILL}


def apart(work: Callable[[], str]) -> str:
    """Call a function in a child process, which ends with this one, and return its answer.

    Raises
    ------
    ClearError
        The child crashed, or the kernel killed it for want of memory.
    SystemExit
        It was killed or interrupted.
    """
    parent, kills = os.getpid(), oom_kills()
    sys.stdout.flush()
    sys.stderr.flush()
    receive, send = os.pipe()
    child = os.fork()
    if not child:
        code = 1
        try:
            die_with(parent)()
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
    if -code == signal.SIGKILL and oom_kills() > kills:
        raise ClearError("its process was killed by the kernel, which ran out of memory.")
    raise SystemExit(f"a step was ended from outside (exit code {code})")
