"""One file from the first of its addresses that serves it."""

from datetime import UTC, datetime
from pathlib import Path

import requests

from clear.benchmark.data.fetch.checksums import FIRST_USE, Key
from clear.benchmark.data.fetch.content import UnusableFileError, inspect
from clear.benchmark.data.fetch.partial import discard, partial_path, read_note
from clear.benchmark.data.fetch.places import Places
from clear.benchmark.data.fetch.politeness import reason
from clear.benchmark.data.fetch.transfer import transfer
from clear.benchmark.data.fetch.whole import check_whole
from clear.errors import ClearError
from clear.files.atomic import write_json


def download(spec: dict, target: Path, key: Key, places: Places) -> tuple[dict | None, list[dict]]:
    """Download a file, trying its addresses in order.

    A partial download is resumed where possible (:func:`~.transfer.transfer`). If an address
    fails, its content is not the declared or recorded one, or cannot be trusted
    (:func:`~.whole.check_whole`), the next one is tried.

    Parameters
    ----------
    spec
        Entry of the card: ``name``, ``urls``, and where declared ``sha256`` and ``size``.
    target
        Where to put the file. Nothing is there unless a download succeeded.
    key
        The file's line in the table of checksums.
    places
        Where that table is, and the locks that limit the connections to a host.

    Returns
    -------
    about : dict or None
        None if no address served the file; else ``url``, ``bytes``, ``sha256``, ``verified``
        (``card``, ``first use`` or ``recorded``), ``started`` and ``finished`` (UTC), ``attempts``
        (requests at this address).
    tried : list of dict
        ``url`` and ``error`` of each address that failed.

    Raises
    ------
    ClearError
        The file cannot be written (disk full, no permission).
    """
    tried = []
    partial = partial_path(target)
    for url in spec["urls"]:
        started = _now()
        print(f"{spec['name']}: from {url}", flush=True)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            attempts, ends = transfer(url, partial, spec, places.hosts, places.min_speed)
            about = {"url": url, "bytes": partial.stat().st_size}
            about |= verify(partial, spec, key, places)
            if about["verified"] is None:
                check_whole(partial, spec["name"], ends or bool(spec.get("size")))
                about["verified"] = FIRST_USE
            about |= {"started": started, "finished": _now(), "attempts": attempts}
            write_json(_origin(target), about)
            partial.replace(target)
            discard(partial)
        except requests.RequestException as error:
            tried.append({"url": url, "error": reason(error)})
        except UnusableFileError as error:
            discard(partial)
            tried.append({"url": url, "error": str(error)})
        except OSError as error:
            discard(partial)
            raise ClearError(
                f"{target} could not be written ({error.strerror or error}): free some space, or "
                "choose another folder for the downloads."
            ) from error
        else:
            return about, tried
        print(f"{url}: {tried[-1]['error']}", flush=True)
    return None, tried


def earlier(spec: dict, target: Path, key: Key, places: Places) -> dict:
    """Return what is known of a file that was downloaded before, or put there by hand.

    Raises
    ------
    UnusableFileError
        It is not the file that the card declares, or the one that was recorded, or reading has
        refused it.
    """
    found = {"bytes": target.stat().st_size} | verify(target, spec, key, places)
    about = read_note(_origin(target), sha256=str, url=str)
    if about.get("sha256") != found["sha256"]:
        return found  # put there by hand
    return about | found | {"verified": found["verified"] or FIRST_USE}


def verify(path: Path, spec: dict, key: Key, places: Places) -> dict:
    """Return ``sha256`` of a file and by what it is ``verified``: ``card``, ``recorded``, None.

    Raises
    ------
    UnusableFileError
        It is not the file that the card declares, or the one that was recorded, or reading has
        refused it.
    """
    digest = inspect(path, spec)
    if spec.get("sha256"):
        return {"sha256": digest, "verified": "card"}
    if digest in places.refused:
        raise UnusableFileError(f"it is the file of which reading said: {places.refused[digest]}")
    recorded = places.checksums.check(key, digest)
    return {"sha256": digest, "verified": "recorded" if recorded else None}


def _origin(target: Path) -> Path:
    """Return where it is written down where a finished download came from."""
    return target.with_name(f".{target.name}.origin.json")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
