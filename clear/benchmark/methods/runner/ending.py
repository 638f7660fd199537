"""Ending the processes that a method started, all of them, even when the runner is killed."""

import contextlib
import ctypes
import os
import select
import signal
import time

from clear.benchmark.methods.runner.processes import LINUX, all_processes, descendants

#: Seconds between a polite SIGTERM and SIGKILL.
GRACE_S = 2.0
#: Seconds after its limit at which the guard ends a method.
LATE_S = 5.0

_LIBC = ctypes.CDLL(None, use_errno=True) if LINUX else None
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


def adopt_orphans():
    """Make orphaned grandchildren ours instead of init's, so that none is lost from sight."""
    if LINUX:
        _LIBC.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def die_with(parent):
    """Return a ``preexec_fn``: the kernel kills the child when process ``parent`` ends."""

    def arrange():
        if LINUX:
            _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            if os.getppid() != parent:  # it ended before the line above
                os._exit(1)

    return arrange


class Guard:
    """A small process that kills a session when this process ends in any way, SIGKILL included.

    The kernel kills the direct child by itself (`die_with`), but not the grandchildren. It also
    kills them when this process, which somebody may have stopped, lets the limit pass, and resumes
    it, so that it writes its record.

    Parameters
    ----------
    session : int
        Session to kill: the process id of a child started with ``start_new_session=True``.
    seconds : float or None
        Limit; it is held some seconds later than by this process itself.
    """

    def __init__(self, session, seconds=None):
        runner, (ours, theirs) = os.getpid(), os.pipe()
        self._lifeline = theirs
        self.pid = os.fork()
        if self.pid:
            os.close(ours)
            return
        try:
            os.setsid()  # Ctrl-C in the terminal is not for the guard
            for signum in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                signal.signal(signum, signal.SIG_IGN)
            os.close(theirs)
            limit = None if seconds is None else seconds + LATE_S
            told, _, _ = select.select([ours], [], [], limit)
            if not told or os.read(ours, 1) == b"":  # the pipe broke: nobody dismissed the guard
                _kill_session(session)
                if os.getppid() == runner:
                    os.kill(runner, signal.SIGCONT)
        finally:
            os._exit(0)

    def dismiss(self):
        """End the guard without harm."""
        with contextlib.suppress(OSError):  # somebody may have killed it
            os.write(self._lifeline, b"x")
            os.close(self._lifeline)
            os.waitpid(self.pid, 0)


def end_all(child, guard, usage):
    """End every descendant, SIGTERM, `GRACE_S` seconds, SIGKILL, and take note of all of them."""
    for signum, patience in ((signal.SIGTERM, GRACE_S), (signal.SIGKILL, 10.0)):
        signalled, deadline = set(), time.monotonic() + patience
        while time.monotonic() < deadline:
            usage.reap()
            alive = descendants(child, guard)
            # what ended during the look still has to be counted, and may have left children
            if not alive and not usage.reap():
                return
            for pid in set(alive) - signalled:
                _send(pid, signum)
                signalled.add(pid)
            time.sleep(0.02)


def _kill_session(session):
    deadline = time.monotonic() + 10.0
    while time.monotonic() < deadline:
        if not LINUX:
            _send(-session, signal.SIGKILL)
            return
        alive = [pid for pid, state, _, sid in all_processes() if sid == session and state != "Z"]
        if not alive:
            return
        for pid in alive:
            _send(pid, signal.SIGKILL)
        time.sleep(0.02)


def _send(pid, signum):
    with contextlib.suppress(OSError):  # it may have ended meanwhile
        os.kill(pid, signum)
