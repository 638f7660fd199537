"""Downloads that reading has refused: the same command looks for better ones.

A download that is cut off or a message in place of data may only show when it is read. Its
checksum is then kept beside the dataset's folders, for as long as the card and the code that read
it stay the same: by the next command, fetching takes it from no address again.
"""

import hashlib
import json
from pathlib import Path

from clear.benchmark.data.fetch.partial import read_note
from clear.files.atomic import write_json


def refused(note: Path, read_by: object) -> dict[str, str]:
    """Return what reading said of the files that it refused, by their SHA-256.

    Parameters
    ----------
    note
        What :func:`refuse` wrote.
    read_by
        Card and code that read the dataset now; refusals by others do not count.
    """
    about = read_note(note, read_by=str, refused=dict)
    return about["refused"] if about.get("read_by") == _digest(read_by) else {}


def refuse(note: Path, read_by: object, fetched: dict, reason: str) -> list[str]:
    """Write down that a dataset could not be read, and return the files that may be to blame.

    Parameters
    ----------
    note, read_by
        As for :func:`refused`.
    fetched
        The dataset's ``fetch.json``. A file with a published checksum is not to blame, nor is
        one that was not downloaded.
    reason
        What reading said.
    """
    files = [
        file
        for file in fetched["files"]
        if file["origin"] in ("url", "downloads") and file["verified"] not in ("card", None)
    ]
    if files:
        reason = " ".join(reason.split("\n\n")[0].split())
        digests = refused(note, read_by) | {file["sha256"]: reason for file in files}
        write_json(note, {"read_by": _digest(read_by), "refused": digests})
    return [file["name"] for file in files]


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()
