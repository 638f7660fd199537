"""The log of a step."""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import clear.progress
from clear.errors import ClearError

FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)


def plain_words(error: Exception) -> str | None:
    """Return the message of an error that a user can do something about, else None."""
    if isinstance(error, ClearError):
        return str(error)
    if isinstance(error, OSError) and error.errno in FORBIDDEN and error.filename:
        return (
            f"{error.filename} cannot be used ({error.strerror}): give yourself the right to read "
            "it, or to write there, or choose another place."
        )
    return None


@contextmanager
def logged(path: str | os.PathLike) -> Iterator[TextIO]:
    """Send everything that the block prints to a log, also what libraries in C print.

    Yields
    ------
    file
        Standard error as it was, for what is shown at once.

    Raises
    ------
    SystemExit
        With status 1 after an error that :func:`plain_words` knows: its message is in the log
        and on standard error without a traceback. Other exceptions keep theirs.
    """
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    saved = [os.dup(1), os.dup(2)]
    if os.isatty(saved[1]):
        clear.progress.terminal = os.fdopen(os.dup(saved[1]), "w")
    with Path(path).open("w", encoding="utf-8") as log, os.fdopen(os.dup(2), "w") as screen:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
        try:
            yield screen
        except (ClearError, OSError) as error:
            if (text := plain_words(error)) is None:
                raise
            for stream in (sys.stderr, screen):
                print(f"error: {text}", file=stream, flush=True)
            raise SystemExit(1) from None
        finally:
            clear.progress.terminal = None
            sys.stdout.flush()
            sys.stderr.flush()
            for descriptor, copy in zip((1, 2), saved, strict=True):
                os.dup2(copy, descriptor)
                os.close(copy)
