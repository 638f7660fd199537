"""Locks between processes; the kernel releases them when a process ends, however it ends."""

import errno
import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from clear.errors import ClearError

# File systems without locks (Lustre as some clusters mount it): better unlocked than never.
NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)


def try_lock(handle: IO) -> bool:
    """Lock an open file without waiting and tell whether that worked."""
    return _lock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def lock(handle: IO) -> None:
    """Lock an open file, waiting for whoever holds it."""
    _lock(handle, fcntl.LOCK_EX)


@contextmanager
def locked(path: Path, what: str) -> Iterator[None]:
    """Hold the lock of a file, which is made if need be.

    Parameters
    ----------
    path
        The file; it stays.
    what
        What another process does that holds the lock, for the log.

    Raises
    ------
    ClearError
        The file cannot be made.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = path.open("a")
    except OSError as error:
        raise ClearError(
            f"{path} cannot be written ({error.strerror}): free some space, or choose a folder "
            "that you may write to."
        ) from error
    with handle:
        if not try_lock(handle):
            print(f"Waiting for another process that {what}.", flush=True)
            lock(handle)
        yield


def _lock(handle: IO, operation: int) -> bool:
    try:
        fcntl.flock(handle, operation)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno not in NO_LOCKS:
            raise
    return True
