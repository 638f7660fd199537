"""The log of a step."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import clear.progress
from clear.errors import ClearError

MARK = "error: "


@contextmanager
def logged(path: str | os.PathLike) -> Iterator[None]:
    """Send everything that the block prints to a log, also what libraries in C print.

    Raises
    ------
    SystemExit
        With status 1 after a :class:`~clear.errors.ClearError`, whose message stands in the
        log and on standard error without a traceback. Other exceptions keep theirs.
    """
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    saved = [os.dup(1), os.dup(2)]
    if os.isatty(saved[1]):
        clear.progress.terminal = os.fdopen(os.dup(saved[1]), "w")
    with Path(path).open("w", encoding="utf-8") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
        try:
            yield
        except ClearError as error:
            print(f"{MARK}{error}", file=sys.stderr, flush=True)
            os.write(saved[1], f"{MARK}{error}\n".encode())
            raise SystemExit(1) from None
        finally:
            clear.progress.terminal = None
            sys.stdout.flush()
            sys.stderr.flush()
            for descriptor, copy in zip((1, 2), saved, strict=True):
                os.dup2(copy, descriptor)
                os.close(copy)


def last_error(path: Path) -> str | None:
    """Return the message with which a step ended, or None when it did not fail."""
    if not path.exists():
        return None
    text = path.read_text(encoding="utf-8", errors="replace")
    if MARK in text:
        return text.rsplit(MARK, 1)[1].strip()
    lines = text.strip().splitlines()
    return lines[-1] if "Traceback" in text else None
