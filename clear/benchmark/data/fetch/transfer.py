"""One file from one address, resumed where an earlier transfer broke off."""

import re
from contextlib import closing
from http import HTTPStatus
from pathlib import Path

import requests

from clear.benchmark.data.fetch.body import Body
from clear.benchmark.data.fetch.content import UnusableFileError, inspect_size
from clear.benchmark.data.fetch.partial import begun, discard, note_path, size_of
from clear.benchmark.data.fetch.politeness import HEADERS, TIMEOUT_S, connection, pause
from clear.files.atomic import write_json
from clear.progress import progress

CHUNK = 1 << 16  # bytes that are read at a time
OVERLAP = 1 << 16  # bytes that are asked for twice: they show whether it is still the same file
PROGRESS = 1 << 20  # bytes; an attempt that brought so many does not count as a failure


def transfer(
    url: str, partial: Path, spec: dict, hosts: Path, min_speed: float
) -> tuple[int, bool]:
    """Download a whole file into ``partial``.

    A transfer that breaks off, in this call or an earlier one, is resumed if the server still has
    the same version of the file, and otherwise started again. Transient failures are followed by
    another attempt after a pause.

    Parameters
    ----------
    url
        The address.
    partial
        The path from :func:`~.partial.partial_path`. After an error it keeps the bytes received
        so far.
    spec
        Entry of the card: ``name``, and where declared ``size`` (bytes).
    hosts
        Folder of the lock files of :func:`~clear.benchmark.data.fetch.politeness.connection`.
    min_speed
        Bytes per second below which the address is given up.

    Returns
    -------
    attempts : int
        Number of requests; 0 if an earlier call had received the whole file.
    ends : bool
        Whether a cut would have been noticed, see :class:`~.body.Body`.

    Raises
    ------
    requests.RequestException
        The address does not serve the file, or too slowly.
    UnusableFileError
        A size other than the declared one, or a part that was not asked for.
    """
    have, about = begun(partial, url)
    if have and have == about["total"]:
        return 0, True
    attempts = failures = 0
    while True:
        attempts += 1
        before = size_of(partial)
        try:
            with connection(url, hosts):
                return attempts, _receive(url, partial, spec, min_speed)
        except requests.RequestException as error:
            failures = 1 if size_of(partial) - before >= PROGRESS else failures + 1
            pause(url, error, failures)


def _receive(url: str, partial: Path, spec: dict, min_speed: float) -> bool:
    """Receive what is missing; return whether a cut would have been noticed."""
    have, about = begun(partial, url)
    first = max(0, have - OVERLAP)
    resume = {"Range": f"bytes={first}-", "If-Range": about["version"]} if first else {}
    with requests.get(url, headers=HEADERS | resume, stream=True, timeout=TIMEOUT_S) as response:
        part = response.status_code == HTTPStatus.PARTIAL_CONTENT
        refused = response.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
        if not first or not (part or refused):
            response.raise_for_status()
            if part:
                raise UnusableFileError("the server sends a part of it that nobody asked for")
            return _save(response, url, partial, spec, min_speed)
        if part and _continues(response, first, about):
            body = Body(response, spec["name"], min_speed)
            if _same(body, partial, first):
                print(
                    f"{spec['name']}: resumed at byte {have:,} of {about['total']:,}.", flush=True
                )
                _write(body, partial, spec, have, about["total"])
                return True
    discard(partial)  # another version, or longer than the file: start again
    return _receive(url, partial, spec, min_speed)


def _continues(response: requests.Response, first: int, about: dict) -> bool:
    """Say whether an answer claims to be the rest of the partial file."""
    part = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("Content-Range", ""))
    totals = ("*", str(about["total"]))
    # Some servers support ranges but ignore If-Range.
    same = response.headers.get(about["header"], about["version"]) == about["version"]
    return bool(part and int(part[1]) == first and part[2] in totals and same)


def _same(body: Body, partial: Path, first: int) -> bool:
    """Say whether an answer begins with the bytes that the partial file ends with."""
    with partial.open("rb") as handle:
        handle.seek(first)
        known = handle.read()
    again = b""
    while len(again) < len(known) and (piece := body.read(len(known) - len(again))):
        again += piece
    return again == known


def _save(
    response: requests.Response, url: str, partial: Path, spec: dict, min_speed: float
) -> bool:
    """Receive a file from its beginning."""
    body = Body(response, spec["name"], min_speed)
    discard(partial)
    if body.total and (version := _version(response)):
        write_json(note_path(partial), {"url": url, "total": body.total} | version)
    inspect_size(body.total or spec.get("size"), spec)
    _write(body, partial, spec, 0, body.total)
    return body.ends


def _write(body: Body, partial: Path, spec: dict, have: int, total: int | None) -> None:
    bar = progress(total=total or spec.get("size"), label=spec["name"], unit="B")
    with closing(bar), partial.open("ab" if have else "wb") as handle:
        bar.update(have)
        while piece := body.read(CHUNK):
            handle.write(piece)
            handle.flush()  # kept even if the process is killed
            bar.update(len(piece))
    if total and size_of(partial) != total:
        raise requests.exceptions.ChunkedEncodingError("fewer bytes than announced")


def _version(response: requests.Response) -> dict | None:
    """Return the header that identifies a version of the file; a weak ETag does not."""
    etag = response.headers.get("ETag", "")
    if etag.startswith('"'):
        return {"header": "ETag", "version": etag}
    changed = response.headers.get("Last-Modified")
    return {"header": "Last-Modified", "version": changed} if changed else None
