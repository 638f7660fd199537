"""Locks between processes; the kernel releases them when a process ends, however it ends."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from filelock import lock_descriptor

from clear.errors import ClearError

# File systems without locks (Lustre as some clusters mount it): better unlocked than never.
NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)


def lock(handle: IO, wait: bool = True) -> bool:
    """Lock an open file until it is closed.

    Parameters
    ----------
    handle
        The file.
    wait
        Whether to wait while another process holds the lock.

    Returns
    -------
    bool
        False if another process holds it.
    """
    try:
        return lock_descriptor(handle.fileno(), blocking=wait)
    except OSError as error:
        if error.errno not in NO_LOCKS:
            raise
        return True


@contextmanager
def locked(path: Path, what: str) -> Iterator[None]:
    """Hold the lock of a file, which is made if need be and stays.

    Parameters
    ----------
    path
        The file.
    what
        What the process that holds the lock is doing, for the log.

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
        if not lock(handle, wait=False):
            print(f"Waiting for another process that {what}.", flush=True)
            lock(handle)
        yield
