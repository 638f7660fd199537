"""The processes below this one: which they are, how much memory they hold, how they ended.

Linux is served completely. Elsewhere there is no ``/proc``: memory is known only after the end, and
a process that left its group escapes.
"""

import contextlib
import itertools
import os
import sys

MB = 1024.0**2
#: What a shell, or the processes of bubblewrap, take at most: as good as nothing.
SMALL_MB = 8
LINUX = sys.platform.startswith("linux")


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
        """Take note of every child that has ended; return how many these are."""
        for number in itertools.count():
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return number
            if pid == 0:
                return number
            killed = os.WIFSIGNALED(status)
            self.exit_codes[pid] = -os.WTERMSIG(status) if killed else os.WEXITSTATUS(status)
            self.cpu_s += usage.ru_utime + usage.ru_stime
            unit = 1.0 if sys.platform == "darwin" else 1024.0  # bytes there, KiB elsewhere
            self.max_rss_mb = max(self.max_rss_mb, usage.ru_maxrss * unit / MB)


def descendants(child, guard):
    """Return the ids of the living processes below this one, without the guard if there is one.

    Without ``/proc``, the group of ``child`` stands for them, as one negative number.
    """
    if not LINUX:
        try:
            os.kill(-child, 0)
        except OSError:
            return []
        return [-child]
    children = {}
    for pid, state, parent, _ in all_processes():
        if state != "Z" and not (guard and pid == guard.pid):
            children.setdefault(parent, []).append(pid)
    found, todo = [], [os.getpid()]
    while todo:
        below = children.get(todo.pop(), [])
        found.extend(below)
        todo.extend(below)
    return found


def memory_mb(pids):
    """Return the resident memory of processes in MiB; pages that several share count once."""
    resident = {}
    for pid in pids:
        with contextlib.suppress(OSError, ValueError, IndexError):  # it ended meanwhile
            resident[pid] = _resident_mb(pid)
    # forked workers share most of their pages, but asking for the share is slower
    if sum(size > SMALL_MB for size in resident.values()) <= 1:
        return sum(resident.values())
    return sum(_proportional_mb(pid, size) for pid, size in resident.items())


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


def _proportional_mb(pid, resident):
    try:
        with open(f"/proc/{pid}/smaps_rollup") as handle:
            return next(int(line.split()[1]) for line in handle if line.startswith("Pss:")) / 1024.0
    except ProcessLookupError:  # it ended meanwhile, and its pages with it
        return 0.0
    except (OSError, StopIteration):  # its parent saw it end; an old kernel, another user's process
        return resident if os.path.exists(f"/proc/{pid}") else 0.0


def all_processes():
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
