"""A step that leaves a record, with its data or with the reason why there are none."""

import shutil
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from clear.benchmark.apart import apart
from clear.benchmark.logs import plain_words
from clear.benchmark.record import counter, failures, read_record
from clear.errors import ClearError
from clear.files.atomic import atomic_path, write_json, write_text


def take_step(
    step: str,
    folder: Path,
    make: Callable[[Path], None],
    before: Path | None = None,
    screen: TextIO | None = None,
) -> None:
    """Make the folder of a step: with its data, or with the reason why there are none.

    Parameters
    ----------
    step
        The name of the step.
    folder
        The folder to make. It appears whole or not at all; an older one is replaced. Its
        ``status.json`` has ``status`` (``ok`` or ``failed``), ``step``, the one that failed or
        this one, and ``message``, one line, empty where all went well.
    make
        Fills the empty folder that it is given, in a process of its own. Whatever it raises
        becomes the message, as does a crash or want of memory, and the folder then holds nothing
        but the status. An interruption or a kill leaves no folder.
    before
        Folder of the step whose data this one needs. If that has none, its status is copied.
    screen
        Where an error is shown at once; it is printed to standard error too.
    """
    status = read_record(before) if before else {"status": "ok"}
    with atomic_path(folder) as building:
        building.mkdir()
        if status["status"] == "ok":
            message = _attempt(make, building, screen)
            status = {"status": "failed" if message else "ok", "step": step, "message": message}
            if message:
                shutil.rmtree(building)
                building.mkdir()
                write_text(counter(folder), f"{failures(folder) + 1}\n")
        write_json(building / "status.json", status)
        shutil.rmtree(folder, ignore_errors=True)


def _attempt(make: Callable[[Path], None], folder: Path, screen: TextIO | None) -> str:
    """Return the message of what went wrong, or nothing."""

    def work() -> str:
        try:
            make(folder)
        except Exception as error:
            return _message(error, screen)
        return ""

    try:
        return apart(work)
    except ClearError as crash:
        return _message(crash, screen)


def _message(error: Exception, screen: TextIO | None) -> str:
    """Print an error, with its traceback if nobody foresaw it, and return it as one line.

    What follows an empty line is advice, for the log and the screen only.
    """
    text = plain_words(error)
    if text is None:
        traceback.print_exc()
        text = f"{type(error).__name__}: {error}"
    for stream in filter(None, (sys.stderr, screen)):
        print(f"error: {text}", file=stream, flush=True)
    return " ".join(text.split("\n\n")[0].split())
