"""The process that Snakemake started: it outlives the one that does the work.

A runner that somebody stops goes on at once; of one that was killed there is a record all the same,
and nothing of its method is alive.
"""

import os
import signal
import sys
import time
import traceback

from clear.benchmark.methods.runner import ending
from clear.benchmark.methods.runner.processes import Usage
from clear.benchmark.methods.runner.watch import Cancel, Cancelled

PAUSE_S = 0.05


def supervise(work, killed):
    """Call ``work`` in a process of its own and end as it ended.

    Parameters
    ----------
    work : callable
        Takes a `watch.Cancel`.
    killed : callable
        Called with the signal (`signal.Signals`) when that process was killed.
    """
    cancel = Cancel()
    ending.adopt_orphans()
    worker = os.fork()
    if worker == 0:
        _work(work, os.getppid())
    code = _wait(worker, cancel)
    if code < 0:
        ending.end_all(worker, None, Usage())
        killed(signal.Signals(-code))
        code = 0
    sys.exit(code)


def _work(work, supervisor):
    code = 1
    try:
        work(Cancel())
        code = 0
    except Cancelled as reason:
        print(f"the run was cancelled: {reason}", file=sys.stderr)
    except BaseException:
        traceback.print_exc()
    finally:
        if os.getppid() == supervisor:
            os.kill(supervisor, signal.SIGCONT)  # somebody may have stopped it
        sys.stderr.flush()
        os._exit(code)


def _wait(worker, cancel):
    """Return the exit code of the worker, negative for a signal."""
    while True:
        pid, status = os.waitpid(worker, os.WNOHANG | os.WUNTRACED)
        if pid and os.WIFSTOPPED(status):
            os.kill(worker, signal.SIGCONT)
        elif pid:
            return -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
        try:
            cancel.check()
        except Cancelled:
            os.kill(worker, signal.SIGTERM)
        time.sleep(PAUSE_S)
