"""One file from one address, resumed where an earlier transfer broke off.

The bytes received so far are in ``<name>.partial``; ``<name>.partial.json`` beside it has the
address and the version of the file. Both survive the end of the process, however it ends.
"""

import json
import re
from contextlib import closing
from http import HTTPStatus
from pathlib import Path

import requests

from clear.benchmark.data.fetch.content import inspect_size, inspect_start
from clear.benchmark.data.fetch.politeness import HEADERS, TIMEOUT_S, connection, pause
from clear.files.atomic import write_json
from clear.progress import progress

CHUNK = 1 << 16  # bytes; at most so many are lost when a transfer breaks off
PROGRESS = 1 << 20  # bytes; an attempt that brought so many does not count as a failure


def partial_path(target: Path) -> Path:
    """Return the path of the bytes received so far."""
    return target.with_name(f"{target.name}.partial")


def discard(partial: Path) -> None:
    """Remove the bytes received so far."""
    partial.unlink(missing_ok=True)
    _note(partial).unlink(missing_ok=True)


def transfer(url: str, partial: Path, spec: dict, hosts: Path) -> int:
    """Download a whole file into ``partial``.

    A transfer that breaks off, in this call or an earlier one, is resumed if the server still has
    the same version of the file, and otherwise started again. Transient failures are followed by
    another attempt after a pause.

    Parameters
    ----------
    url
        The address.
    partial
        The path from :func:`partial_path`. After an error it keeps the bytes received so far.
    spec
        Entry of the card: ``name``, and where declared ``size`` (bytes).
    hosts
        Folder of the lock files of :func:`~clear.benchmark.data.fetch.politeness.connection`.

    Returns
    -------
    int
        Number of requests; 0 if an earlier call had received the whole file.

    Raises
    ------
    requests.RequestException
        The address does not serve the file.
    UnusableFileError
        A Git-LFS pointer, an HTML page, or a size other than the declared one.
    """
    have, about = _begun(partial, url)
    if have and have == about["total"]:
        return 0
    attempts = failures = 0
    while True:
        attempts += 1
        before = _size(partial)
        try:
            with connection(url, hosts):
                _receive(url, partial, spec)
            return attempts
        except requests.RequestException as error:
            failures = 1 if _size(partial) - before >= PROGRESS else failures + 1
            pause(url, error, failures)


def _receive(url: str, partial: Path, spec: dict) -> None:
    have, about = _begun(partial, url)
    resume = {"Range": f"bytes={have}-", "If-Range": about["version"]} if have else {}
    with requests.get(url, headers=HEADERS | resume, stream=True, timeout=TIMEOUT_S) as response:
        refused = response.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
        continued = response.status_code == HTTPStatus.PARTIAL_CONTENT
        if not have or not (refused or (continued and not _continues(response, have, about))):
            response.raise_for_status()
            _save(response, url, partial, spec, have if continued else 0)
            return
    discard(partial)  # another version, or longer than the file: start again
    _receive(url, partial, spec)


def _continues(response: requests.Response, have: int, about: dict) -> bool:
    """Say whether an answer is the rest of the partial file."""
    part = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("Content-Range", ""))
    totals = ("*", str(about["total"]))
    # Some servers support ranges but ignore If-Range.
    same = response.headers.get(about["header"], about["version"]) == about["version"]
    return bool(part and int(part[1]) == have and part[2] in totals and same)


def _save(response: requests.Response, url: str, partial: Path, spec: dict, have: int) -> None:
    as_stored = _as_stored(response, spec["name"])
    if have:
        total = _begun(partial, url)[1]["total"]
        print(f"{spec['name']}: resumed at byte {have:,} of {total:,}.", flush=True)
    else:
        discard(partial)
        length = response.headers.get("Content-Length", "")
        total = int(length) if as_stored and length.isdigit() else None
        if as_stored and total and (version := _version(response)):
            write_json(_note(partial), {"url": url, "total": total} | version)
    bar = progress(total=total or spec.get("size"), label=spec["name"], unit="B")
    with closing(bar), partial.open("ab" if have else "wb") as handle:
        bar.update(have)
        for chunk in response.iter_content(CHUNK):
            if handle.tell() == 0:
                inspect_start(chunk, spec)
                inspect_size(total or spec.get("size"), spec)
            handle.write(chunk)
            handle.flush()  # kept even if the process is killed
            bar.update(len(chunk))
    if total and _size(partial) != total:
        raise requests.exceptions.ChunkedEncodingError("fewer bytes than announced")


def _as_stored(response: requests.Response, name: str) -> bool:
    """Say whether an answer has the bytes of the file; keep requests from decoding them."""
    encoding = response.headers.get("Content-Encoding", "identity").lower()
    if encoding in ("gzip", "x-gzip") and name.lower().endswith((".gz", ".tgz")):
        # The server describes the file itself: decoding would change what was published.
        del response.raw.headers["Content-Encoding"]
        return True
    return encoding == "identity"


def _version(response: requests.Response) -> dict | None:
    """Return the header that identifies a version of the file; a weak ETag does not."""
    etag = response.headers.get("ETag", "")
    if etag.startswith('"'):
        return {"header": "ETag", "version": etag}
    changed = response.headers.get("Last-Modified")
    return {"header": "Last-Modified", "version": changed} if changed else None


def _begun(partial: Path, url: str) -> tuple[int, dict]:
    """Return the number of bytes received from an address, and the version of the file."""
    note = _note(partial)
    if not (partial.exists() and note.exists()):
        return 0, {}
    about = json.loads(note.read_text(encoding="utf-8"))
    return (_size(partial), about) if about["url"] == url else (0, {})


def _note(partial: Path) -> Path:
    return partial.with_name(f"{partial.name}.json")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
