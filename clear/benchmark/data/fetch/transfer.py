"""One file from one address, going on where an earlier transfer was cut.

What has arrived lies in ``<name>.partial``, and beside it, in ``<name>.partial.json``, from where
and which version of the file it is. Both survive the end of the process, however it ends.
"""

import json
import re
from contextlib import closing
from http import HTTPStatus
from pathlib import Path

import requests

from clear.benchmark.data.fetch.content import inspect_size, inspect_start
from clear.benchmark.data.fetch.politeness import HEADERS, TIMEOUT_S, connection, rest
from clear.files.atomic import write_json
from clear.progress import progress

CHUNK = 1 << 16  # bytes; what a cut can cost
PROGRESS = 1 << 20  # bytes; a cut after so many is no failure of the address


def partial_path(target: Path) -> Path:
    """Return where what has arrived of a file is kept."""
    return target.with_name(f"{target.name}.partial")


def discard(partial: Path) -> None:
    """Remove what has arrived of a file."""
    partial.unlink(missing_ok=True)
    _note(partial).unlink(missing_ok=True)


def transfer(url: str, partial: Path, spec: dict, hosts: Path) -> int:
    """Bring a whole file into ``partial``.

    A transfer that breaks off is resumed where it was cut if the server still has the same
    version of the file, and else started again; so are those of earlier calls. Failures that
    may pass are tried again after a pause.

    Parameters
    ----------
    url
        The address.
    partial
        The path from :func:`partial_path`. After an error it holds what has arrived.
    spec
        Entry of the card: ``name``, and where declared ``size`` (bytes).
    hosts
        Folder of the lock files of :func:`~clear.benchmark.data.fetch.politeness.connection`.

    Returns
    -------
    int
        Number of requests; 0 if an earlier call was ended when the file had arrived.

    Raises
    ------
    requests.RequestException
        The address does not serve the file.
    UnusableFileError
        A pointer, a page or a file of another size than the declared one.
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
            rest(url, error, failures)


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
    discard(partial)  # of another version, or longer than the file: start again
    _receive(url, partial, spec)


def _continues(response: requests.Response, have: int, about: dict) -> bool:
    """Tell whether an answer is the rest of the file that the partial one belongs to."""
    part = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("Content-Range", ""))
    totals = ("*", str(about["total"]))
    # Not every server that knows ranges heeds If-Range.
    same = response.headers.get(about["header"], about["version"]) == about["version"]
    return bool(part and int(part[1]) == have and part[2] in totals and same)


def _save(response: requests.Response, url: str, partial: Path, spec: dict, have: int) -> None:
    as_stored = _as_stored(response, spec["name"])
    if have:
        total = _begun(partial, url)[1]["total"]
        print(f"{spec['name']}: going on at byte {have:,} of {total:,}.", flush=True)
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
            handle.flush()  # so that it is there when the process is killed
            bar.update(len(chunk))
    if total and _size(partial) != total:
        raise requests.exceptions.ChunkedEncodingError("fewer bytes than announced")


def _as_stored(response: requests.Response, name: str) -> bool:
    """Tell whether the bytes of an answer are those of the file, and see that they stay so."""
    encoding = response.headers.get("Content-Encoding", "identity").lower()
    if encoding in ("gzip", "x-gzip") and name.lower().endswith((".gz", ".tgz")):
        # The server means the file itself: decoded, it would not be what was published.
        del response.raw.headers["Content-Encoding"]
        return True
    return encoding == "identity"


def _version(response: requests.Response) -> dict | None:
    """Return what tells versions of the file apart; a weak ETag does not."""
    etag = response.headers.get("ETag", "")
    if etag.startswith('"'):
        return {"header": "ETag", "version": etag}
    changed = response.headers.get("Last-Modified")
    return {"header": "Last-Modified", "version": changed} if changed else None


def _begun(partial: Path, url: str) -> tuple[int, dict]:
    """Return how many bytes have arrived from an address, and of which version of the file."""
    note = _note(partial)
    if not (partial.exists() and note.exists()):
        return 0, {}
    about = json.loads(note.read_text(encoding="utf-8"))
    return (_size(partial), about) if about["url"] == url else (0, {})


def _note(partial: Path) -> Path:
    return partial.with_name(f"{partial.name}.json")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
