"""Checks of a file against its card, and its digest."""

import hashlib
import re
from pathlib import Path

from clear.errors import ClearError
from clear.files.atomic import sha256

LFS_POINTER = b"version https://git-lfs.github.com/spec/"
START = 512  # bytes by which a pointer or a page is recognised
HTML = re.compile(rb"<!doctype html|<html", re.IGNORECASE)
XML = re.compile(rb"<[!?a-z]", re.IGNORECASE)
JSON = re.compile(rb"\{\s*[\"}]|\[\s*\{")


class UnusableFileError(ClearError):
    """The content of a file is not what the dataset card declares."""


def inspect(path: Path, spec: dict) -> str:
    """Check a file against its card and return its SHA-256 digest.

    Parameters
    ----------
    path
        The file on disk.
    spec
        Entry of the card: ``name``, and where declared ``sha256`` and ``size`` (bytes).

    Raises
    ------
    UnusableFileError
        An empty file, a Git-LFS pointer, a page or a message in place of the data, or a size or
        digest other than the declared one.
    """
    size = path.stat().st_size
    if size == 0:
        raise UnusableFileError("the file is empty")
    with path.open("rb") as handle:
        _inspect_start(handle.read(START), spec)
    inspect_size(size, spec)
    digest = sha256(path)
    if spec.get("sha256") and digest != spec["sha256"].lower():
        raise UnusableFileError(f"expected sha256 {spec['sha256']}, found {digest}")
    return digest


def _inspect_start(start: bytes, spec: dict) -> None:
    """Refuse a file by its first bytes: a Git-LFS pointer, or an answer in place of the data."""
    if start.startswith(LFS_POINTER):
        raise UnusableFileError("a Git-LFS pointer, not the data itself (`git lfs pull` gets that)")
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n")
    if XML.match(text):
        what = "an HTML page" if HTML.search(text) else "an XML page"
    elif JSON.match(text):
        what = "a JSON message"
    else:
        return
    if not may_be_page(spec):
        raise UnusableFileError(f"{what}, not the data itself")


def inspect_size(size: int, spec: dict) -> None:
    """Refuse a file by its size in bytes."""
    if spec.get("size") is not None and size != spec["size"]:
        raise UnusableFileError(f"expected {spec['size']} bytes, found {size}")


def may_be_page(spec: dict) -> bool:
    """Say whether the file is a page or a message by its name."""
    return Path(spec["name"]).suffix.lower() in (".html", ".htm", ".xml", ".json")


def inspect_folder(folder: Path) -> tuple[str, int]:
    """Return the SHA-256 digest and the size in bytes of all files in a folder.

    The digest is that of the sorted list which ``sha256sum`` prints for the files, with their
    paths inside the folder.

    Raises
    ------
    UnusableFileError
        The folder is empty.
    """
    files = sorted(
        (path for path in folder.rglob("*") if path.is_file()),
        key=lambda path: path.relative_to(folder).as_posix(),
    )
    if not files:
        raise UnusableFileError("the folder holds no file")
    digest = hashlib.sha256()
    for path in files:
        digest.update(f"{sha256(path)}  {path.relative_to(folder).as_posix()}\n".encode())
    return digest.hexdigest(), sum(path.stat().st_size for path in files)
