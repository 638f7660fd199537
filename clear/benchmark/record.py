"""The records of steps: what became of a dataset is in a ``status.json``, as of a run.

A dataset without data is a record, not a failed job: it stops no other, and what follows
from it says so in its own record. Snakemake would take such a folder for done; each step
therefore has the number of its failures as a parameter (:func:`failures`), and is tried again
by the same command because that number has changed. :mod:`clear.benchmark.step` writes them.
"""

import json
import textwrap
from pathlib import Path

from clear.errors import ClearError

LONGEST = 300  # characters of a message in the line that ends a command


def read_record(folder: Path) -> dict:
    """Return the ``status.json`` of a step's folder."""
    return json.loads((Path(folder) / "status.json").read_text(encoding="utf-8"))


def failures(folder: Path) -> int:
    """Return how often the step that makes a folder has failed so far.

    The number is kept beside the folder, which Snakemake removes before it tries again, and
    changes at the end of a step only: whoever asks during the step gets the same answer.
    """
    file = counter(folder)
    return int(file.read_text()) if file.exists() else 0


def no_data(data: Path, folders: list[Path]) -> None:
    """Raise a ClearError that names each dataset with a failure in its folders, and why."""
    found = {}
    for folder in folders:
        status = read_record(folder)
        if status["status"] != "ok":
            dataset = Path(folder).relative_to(data).parts[0]
            found.setdefault((dataset, status["message"]), status["step"])
    if found:
        words = [
            f"{dataset} ({step} failed: {textwrap.shorten(message, LONGEST)})"
            for (dataset, message), step in found.items()
        ]
        raise ClearError(f"No data for {'; '.join(words)}. The same command tries again.")


def counter(folder: Path) -> Path:
    """Return the file with the number of failures."""
    return Path(folder).with_name(f".{Path(folder).name}.failures")
