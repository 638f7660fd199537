"""The files in a tar, zip or folder; unsafe names, links and devices are refused."""

import lzma
import re
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from clear.benchmark.data.archives.limits import check_unpacked
from clear.errors import ClearError

Opener = Callable[[], BinaryIO]
ARCHIVE = re.compile(r"\.(zip|tar|tgz|tbz2?|txz|tar\.(gz|bz2|xz))$", re.IGNORECASE)
ZIP_START = b"PK\x03\x04"
# Python's errors for incomplete, altered, encrypted and unsupported archives.
DAMAGED = (
    *(OSError, EOFError, ValueError, RuntimeError, zlib.error, lzma.LZMAError),
    *(tarfile.TarError, zipfile.BadZipFile),
)


def entries(path: Path) -> Iterator[tuple[str, Opener | None]]:
    """Yield the name of each file and a function that opens it.

    Folders in a name are separated by ``/``. A plain file has itself as the only entry, with None
    in place of the function. A folder is treated as an archive.

    Raises
    ------
    ClearError
        The archive is damaged or incomplete, or a name leads out of it. The function raises it
        for links and devices.
    """
    kind = kind_of(path)
    if kind is None:
        yield path.name, None
    else:
        yield from {"tar": _tar_entries, "zip": _zip_entries, "folder": _folder_entries}[kind](path)


def _folder_entries(path: Path) -> Iterator[tuple[str, Opener]]:
    for file in sorted(path.rglob("*")):
        if file.is_file():
            yield file.relative_to(path).as_posix(), partial(file.open, "rb")


def _tar_entries(path: Path) -> Iterator[tuple[str, Opener]]:
    with explain_damage(str(path)):
        archive = tarfile.open(path)  # noqa: SIM115
    size = path.stat().st_size
    with archive:
        while True:
            with explain_damage(str(path)):
                info = archive.next()
            if info is None:
                break
            check_unpacked(archive.offset, size, str(path))  # before the next file is sought
            name = _safe_name(info.name, path)
            if not info.isdir() and name is not None:
                yield name, _opener(archive.extractfile, info, info.isfile(), f"{path}: {name}")
        # A tar ends in a block of zeros; tarfile takes a truncated header for the end as well.
        with explain_damage(str(path)):
            archive.fileobj.seek(archive.offset)
            end = archive.fileobj.read(tarfile.BLOCKSIZE)
            while archive.fileobj.read(1 << 20):  # so that the compression's checksum is verified
                check_unpacked(archive.fileobj.tell(), size, str(path))
        if end != bytes(tarfile.BLOCKSIZE):
            raise ClearError(f"{path} is incomplete: its end is missing. Get the file again.")


def _zip_entries(path: Path) -> Iterator[tuple[str, Opener]]:
    with explain_damage(str(path)):
        archive = zipfile.ZipFile(path)
    with archive:
        for info in archive.infolist():
            name = _safe_name(info.filename, path)
            if not info.is_dir() and name is not None:
                check_unpacked(info.file_size, info.compress_size, f"{path}: {name}")
                kind = stat.S_IFMT(info.external_attr >> 16)  # 0 where made without Unix modes
                is_file = kind in (0, stat.S_IFREG)
                yield name, _opener(archive.open, info, is_file, f"{path}: {name}")


def _opener(function: Callable, info, is_file: bool, where: str) -> Opener:
    def opener():
        if not is_file:
            raise ClearError(
                f"{where} is a link or a device. Leave it out by the pattern in the card, or "
                "repack the archive without it."
            )
        return function(info)

    return opener


def _safe_name(name: str, path: Path) -> str | None:
    """Return a normalised name; None for the files that macOS adds to archives."""
    posix = PurePosixPath(name.replace("\\", "/"))
    if posix.is_absolute() or ".." in posix.parts or re.match(r"[A-Za-z]:/", str(posix)):
        raise ClearError(
            f"{path} is refused: it holds a file named {name!r}, which leads out of the archive. "
            "Get the archive from a source that you trust, or repack it."
        )
    added = posix.name.startswith("._") or "__MACOSX" in posix.parts
    return None if added else str(posix)


def kind_of(path: Path) -> str | None:
    """Say by its content whether a path is a ``tar``, a ``zip``, a ``folder`` or none of them.

    Raises
    ------
    ClearError
        It is named like an archive but is not one, or cannot be read.
    """
    if path.is_dir():
        return "folder"
    with explain_damage(str(path)), path.open("rb") as handle:
        is_zip = handle.read(len(ZIP_START)) == ZIP_START
        if is_zip or tarfile.is_tarfile(path):
            return "zip" if is_zip else "tar"
    if ARCHIVE.search(path.name):
        raise ClearError(f"{path} is no tar or zip archive, or is damaged. Get the file again.")
    return None


@contextmanager
def explain_damage(where: str) -> Iterator[None]:
    """Turn Python's errors about a damaged file into a ClearError that names it."""
    try:
        yield
    except DAMAGED as error:
        raise ClearError(
            f"{where} cannot be read; it may be damaged, incomplete or encrypted: {error}. Get "
            "the file again."
        ) from error
