"""The processes that a method starts: list them, weigh them, end all of them.

Standard library only and Python 3.7 syntax (see `runner.py`). Linux is served completely. Elsewhere
there is no ``/proc``: memory is known only after the end, and who left its group escapes.
"""

import contextlib
import ctypes
import os
import signal
import sys
import time

#: Seconds between a polite SIGTERM and SIGKILL.
GRACE_S = 2.0
MB = 1024.0**2

_LINUX = sys.platform.startswith("linux")
_LIBC = ctypes.CDLL(None, use_errno=True) if _LINUX else None
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


def adopt_orphans():
    """Make orphaned grandchildren ours instead of init's, so that none is lost from sight."""
    if _LINUX:
        _LIBC.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def die_with(parent):
    """Return a ``preexec_fn``: the kernel kills the child when process ``parent`` ends."""

    def arrange():
        if _LINUX:
            _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            if os.getppid() != parent:  # it ended before the line above
                os._exit(1)

    return arrange


class Guard:
    """A small process that kills a session when this process ends in any way, SIGKILL included.

    The kernel kills the direct child by itself (`die_with`), but not the grandchildren.

    Parameters
    ----------
    session : int
        Session to kill: the process id of a child started with ``start_new_session=True``.
    """

    def __init__(self, session):
        ours, theirs = os.pipe()
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
            if os.read(ours, 1) == b"":  # the pipe broke: nobody dismissed the guard
                _kill_session(session)
        finally:
            os._exit(0)

    def dismiss(self):
        """End the guard without harm."""
        with contextlib.suppress(OSError):  # somebody may have killed it
            os.write(self._lifeline, b"x")
            os.close(self._lifeline)
            os.waitpid(self.pid, 0)


class Usage:
    """Exit codes and resource use of the children, and adopted orphans, that have ended.

    Attributes
    ----------
    exit_codes : dict
        Process id to exit code, negative for a signal.
    cpu_s, max_rss_mb : float
        Sum of the CPU time; largest resident memory of a single process, in MiB.
    """

    def __init__(self):
        self.exit_codes = {}
        self.cpu_s = 0.0
        self.max_rss_mb = 0.0

    def reap(self):
        """Take note of every child that has ended."""
        while True:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            killed = os.WIFSIGNALED(status)
            self.exit_codes[pid] = -os.WTERMSIG(status) if killed else os.WEXITSTATUS(status)
            self.cpu_s += usage.ru_utime + usage.ru_stime
            unit = 1.0 if sys.platform == "darwin" else 1024.0  # bytes there, KiB elsewhere
            self.max_rss_mb = max(self.max_rss_mb, usage.ru_maxrss * unit / MB)


def descendants(child, guard):
    """Return the ids of the living processes below this one, without the guard.

    Without ``/proc``, the group of ``child`` stands for them, as one negative number.
    """
    if not _LINUX:
        try:
            os.kill(-child, 0)
        except OSError:
            return []
        return [-child]
    children = {}
    for pid, state, parent, _ in _processes():
        if state != "Z" and pid != guard.pid:
            children.setdefault(parent, []).append(pid)
    found, todo = [], [os.getpid()]
    while todo:
        below = children.get(todo.pop(), [])
        found.extend(below)
        todo.extend(below)
    return found


def end_all(child, guard, usage):
    """End every descendant: SIGTERM, `GRACE_S` seconds, SIGKILL."""
    for signum, patience in ((signal.SIGTERM, GRACE_S), (signal.SIGKILL, 10.0)):
        told, deadline = set(), time.monotonic() + patience
        while time.monotonic() < deadline:
            usage.reap()
            alive = descendants(child, guard)
            if not alive:
                return
            for pid in set(alive) - told:
                _send(pid, signum)
                told.add(pid)
            time.sleep(0.02)


def memory_mb(pids):
    """Return the resident memory of processes in MiB; pages that several share count once."""
    total = 0.0
    for pid in pids:
        try:
            # forked workers share most of their pages, but asking for the share is slower
            total += _proportional_mb(pid) if len(pids) > 1 else _resident_mb(pid)
        except (OSError, ValueError, IndexError):
            continue  # it ended meanwhile
    return total


def oom_kills():
    """Return how many processes the kernel has killed for want of memory since it started."""
    try:
        with open("/proc/vmstat") as handle:
            return sum(int(line.split()[1]) for line in handle if line.startswith("oom_kill "))
    except OSError:
        return 0


def _resident_mb(pid):
    with open(f"/proc/{pid}/statm") as handle:
        return int(handle.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / MB


def _proportional_mb(pid):
    try:
        with open(f"/proc/{pid}/smaps_rollup") as handle:
            return next(int(line.split()[1]) for line in handle if line.startswith("Pss:")) / 1024.0
    except (OSError, StopIteration):  # an old kernel, or another user's process
        return _resident_mb(pid)


def _processes():
    """Yield (pid, state, parent, session) of every process on this machine."""
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", "rb") as handle:
                # the name in parentheses may hold blanks and parentheses
                fields = handle.read().rpartition(b")")[2].split()
        except OSError:
            continue
        yield int(name), fields[0].decode(), int(fields[1]), int(fields[3])


def _kill_session(session):
    deadline = time.monotonic() + 10.0
    while time.monotonic() < deadline:
        if not _LINUX:
            _send(-session, signal.SIGKILL)
            return
        alive = [pid for pid, state, _, sid in _processes() if sid == session and state != "Z"]
        if not alive:
            return
        for pid in alive:
            _send(pid, signal.SIGKILL)
        time.sleep(0.02)


def _send(pid, signum):
    with contextlib.suppress(OSError):  # it may have ended meanwhile
        os.kill(pid, signum)
