"""Atomic writes: a file is complete or absent."""

import errno
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from clear.errors import ClearError

# No space left, quota exceeded, file size limit exceeded. HDF5 gives the number only in its text.
DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def atomic_path(final: str | os.PathLike) -> Iterator[Path]:
    """Yield a temporary path beside ``final`` and rename it when the block succeeds.

    Parameters
    ----------
    final
        The file or folder to write. Its parent folders are created.

    Yields
    ------
    Path
        A path in the same folder with the same suffix, which some libraries look at. What was
        written there is removed when the block raises.

    Raises
    ------
    ClearError
        When the disk is full.
    """
    final = Path(final)
    final.parent.mkdir(parents=True, exist_ok=True)
    _remove_leftovers(final)
    temporary = final.with_name(f".{final.stem}.part{os.getpid()}{final.suffix}")
    try:
        yield temporary
        temporary.replace(final)
    except BaseException as error:
        _remove(temporary)
        if _disk_full(error):
            raise ClearError(
                f"{final} could not be written: the disk is full, or a quota or limit is reached. "
                "Free some space and run the same command again."
            ) from error
        raise


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _remove_leftovers(final: Path) -> None:
    """Remove temporary files that killed processes left behind for the same file."""
    if not Path("/proc/self").exists():  # cannot find out which processes are alive
        return
    for path in final.parent.glob(f".{final.stem}.part*{final.suffix}"):
        pid = path.name.removeprefix(f".{final.stem}.part").removesuffix(final.suffix)
        if pid.isdigit() and not Path(f"/proc/{pid}").exists():
            _remove(path)


def _disk_full(error: BaseException) -> bool:
    if not isinstance(error, OSError | RuntimeError):
        return False
    number = re.search(r"errno = (\d+)", str(error))
    return (int(number[1]) if number else getattr(error, "errno", None)) in DISK_FULL


def write_text(path: str | os.PathLike, text: str) -> None:
    """Write ``text`` as UTF-8, atomically."""
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: str | os.PathLike, value: object) -> None:
    """Write ``value`` as indented JSON, atomically; NaN is refused (it is not JSON)."""
    write_text(path, json.dumps(value, indent=2, allow_nan=False, ensure_ascii=False) + "\n")


def sha256(path: str | os.PathLike) -> str:
    """Return the SHA-256 digest of a file as 64 hexadecimal digits."""
    with Path(path).open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
