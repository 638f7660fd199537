"""One file from the first of several addresses that really serves it."""

import time
from http import HTTPStatus
from pathlib import Path

import requests
from pooch import HTTPDownloader

from clear.benchmark.files import atomic_path, sha256
from clear.errors import ClearError
from clear.progress import progress

ATTEMPTS = 3
PAUSE_S = 1.0
TIMEOUT_S = (15, 60)
LFS_POINTER = b"version https://git-lfs.github.com/spec/"
HTML_STARTS = (b"<!doctype html", b"<html")


class UnusableFileError(ClearError):
    """A file whose content is not what the dataset card declares."""


def inspect(path: Path, spec: dict) -> str:
    """Return the SHA-256 digest of a file that is what its card says.

    Parameters
    ----------
    path
        The file on disk.
    spec
        Entry of the card: ``name``, and where declared ``sha256`` and ``size`` (bytes).

    Raises
    ------
    UnusableFileError
        An empty file, a Git-LFS pointer or an HTML page in place of the data, or a size or
        digest other than the declared one.
    """
    size = path.stat().st_size
    if size == 0:
        raise UnusableFileError("the file is empty")
    with path.open("rb") as handle:
        start = handle.read(512)
    if start.startswith(LFS_POINTER):
        raise UnusableFileError("a Git-LFS pointer, not the data itself (`git lfs pull` gets that)")
    is_page = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(HTML_STARTS)
    if is_page and Path(spec["name"]).suffix.lower() not in (".html", ".htm"):
        raise UnusableFileError("an HTML page, not the data itself")
    if spec.get("size") is not None and size != spec["size"]:
        raise UnusableFileError(f"expected {spec['size']} bytes, found {size}")
    digest = sha256(path)
    if spec.get("sha256") and digest != spec["sha256"].lower():
        raise UnusableFileError(f"expected sha256 {spec['sha256']}, found {digest}")
    return digest


def download(spec: dict, target: Path) -> tuple[str | None, list[dict]]:
    """Download a file, trying its addresses in order.

    A transfer that breaks off is started again, up to three times; every other failure, and
    content that :func:`inspect` refuses, leads on to the next address.

    Parameters
    ----------
    spec
        Entry of the card: ``name``, ``urls``, and where declared ``sha256`` and ``size``.
    target
        Where to put the file. Nothing is there unless a download succeeded.

    Returns
    -------
    url : str or None
        The address that served the file, None if none did.
    tried : list of dict
        ``url`` and ``error`` of each address that failed.

    Raises
    ------
    ClearError
        The file cannot be written (disk full, no permission).
    """
    tried = []
    for url in spec["urls"]:
        try:
            with atomic_path(target) as temporary:
                _transfer(url, temporary, spec)
                inspect(temporary, spec)
        except requests.RequestException as error:
            tried.append({"url": url, "error": _reason(error)})
        except UnusableFileError as error:
            tried.append({"url": url, "error": str(error)})
        except OSError as error:
            raise ClearError(
                f"{target} cannot be written ({error.strerror or error}): free some space, or "
                "choose another folder for the downloads."
            ) from error
        else:
            return url, tried
    return None, tried


def _transfer(url: str, path: Path, spec: dict) -> None:
    # Servers that compress on the fly would make the bytes differ from the published file.
    headers = {"Accept-Encoding": "identity"}
    for attempt in range(1, ATTEMPTS + 1):
        bar = progress(total=spec.get("size") or 1, label=spec["name"], unit="B")
        try:
            HTTPDownloader(progressbar=bar, chunk_size=1 << 18, timeout=TIMEOUT_S, headers=headers)(
                url, str(path), None
            )
            return
        except requests.RequestException as error:
            if attempt == ATTEMPTS or not _passing(error):
                raise
            time.sleep(PAUSE_S * attempt)
        finally:
            bar.close()


def _passing(error: requests.RequestException) -> bool:
    """Tell whether the same request may well succeed a moment later."""
    if isinstance(error, requests.HTTPError):
        return error.response.status_code >= 500 or error.response.status_code == 429
    return isinstance(
        error,
        requests.ConnectionError | requests.Timeout | requests.exceptions.ChunkedEncodingError,
    )


def _reason(error: requests.RequestException) -> str:
    if isinstance(error, requests.HTTPError):
        status = error.response.status_code
        known = status in HTTPStatus.__members__.values()
        return f"HTTP {status} {HTTPStatus(status).phrase}" if known else f"HTTP {status}"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the connection closed before the whole file had arrived"
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    if isinstance(error, requests.ConnectionError):
        cause = error.args[0] if error.args else error
        return f"no connection ({getattr(cause, 'reason', cause)})"
    return str(error)
