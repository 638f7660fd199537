"""Files of which a part has arrived.

The bytes received so far are in ``<name>.partial``; ``<name>.partial.json`` beside it has the
address and the version of the file. Both survive the end of the process, however it ends.
"""

import json
from pathlib import Path


def partial_path(target: Path) -> Path:
    """Return the path of the bytes received so far."""
    return target.with_name(f"{target.name}.partial")


def discard(partial: Path) -> None:
    """Remove the bytes received so far."""
    partial.unlink(missing_ok=True)
    note_path(partial).unlink(missing_ok=True)


def begun(partial: Path, url: str) -> tuple[int, dict]:
    """Return the number of bytes received from an address, and the version of the file."""
    about = read_note(note_path(partial), url=str, total=int, header=str, version=str)
    return (size_of(partial), about) if about.get("url") == url else (0, {})


def read_note(path: Path, **types: type) -> dict:
    """Return what is written down of a file; empty where that is missing, cut off or damaged."""
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
        whole = all(isinstance(about[key], kind) for key, kind in types.items())
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return {}
    return about if whole else {}


def note_path(partial: Path) -> Path:
    """Return the path of what is written down of a partial file."""
    return partial.with_name(f"{partial.name}.json")


def size_of(path: Path) -> int:
    """Return the size of a file in bytes, 0 where there is none."""
    return path.stat().st_size if path.exists() else 0
