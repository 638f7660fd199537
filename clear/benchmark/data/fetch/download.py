"""One file from the first of its addresses that serves it."""

import json
from datetime import UTC, datetime
from pathlib import Path

import requests

from clear.benchmark.data.fetch.checksums import Checksums, Key
from clear.benchmark.data.fetch.content import UnusableFileError, inspect
from clear.benchmark.data.fetch.politeness import reason
from clear.benchmark.data.fetch.transfer import discard, partial_path, transfer
from clear.errors import ClearError
from clear.files.atomic import write_json


def download(
    spec: dict, target: Path, hosts: Path, key: Key, checksums: Checksums
) -> tuple[dict | None, list[dict]]:
    """Download a file, trying its addresses in order.

    A partial download is resumed where possible (:func:`~.transfer.transfer`). If an address
    fails, or its content is not the declared or recorded one, the next one is tried.

    Parameters
    ----------
    spec
        Entry of the card: ``name``, ``urls``, and where declared ``sha256`` and ``size``.
    target
        Where to put the file. Nothing is there unless a download succeeded.
    hosts
        Folder of the lock files that limit the connections to a host.
    key, checksums
        The file's line, and the table of checksums of first downloads.

    Returns
    -------
    about : dict or None
        None if no address served the file; else ``url``, ``bytes``, ``sha256``, ``verified``
        (``card``, ``first use`` or ``recorded``), ``started`` and ``finished`` (UTC), ``attempts``
        (requests at this address), and ``warning`` if the table of checksums cannot be written.
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
            attempts = transfer(url, partial, spec, hosts)
            about = {"url": url, "bytes": partial.stat().st_size} | verify(
                partial, spec, key, checksums
            )
            warning = None
            if about["verified"] is None:
                about["verified"] = "first use"
                warning = _trust(about, key, checksums)
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
            return about | ({"warning": warning} if warning else {}), tried
        print(f"{url}: {tried[-1]['error']}", flush=True)
    return None, tried


def earlier(spec: dict, target: Path, key: Key, checksums: Checksums) -> dict:
    """Return what is known of a file that was downloaded before, or put there by hand.

    Raises
    ------
    UnusableFileError
        It is not the file that the card declares, or the one that was recorded.
    """
    found = {"bytes": target.stat().st_size} | verify(target, spec, key, checksums)
    if _origin(target).exists():
        about = json.loads(_origin(target).read_text(encoding="utf-8"))
        if about["sha256"] == found["sha256"]:
            return about | found
    return found


def verify(path: Path, spec: dict, key: Key, checksums: Checksums) -> dict:
    """Return ``sha256`` of a file and by what it is ``verified``: ``card``, ``recorded``, None.

    Raises
    ------
    UnusableFileError
        It is not the file that the card declares, or the one that was recorded.
    """
    digest = inspect(path, spec)
    if spec.get("sha256"):
        return {"sha256": digest, "verified": "card"}
    return {"sha256": digest, "verified": "recorded" if checksums.check(key, digest) else None}


def _trust(about: dict, key: Key, checksums: Checksums) -> str | None:
    print(
        f"{key.file}: nobody published a checksum, so this first download is trusted as it is "
        f"(sha256 {about['sha256']}); later ones must equal it ({checksums.path}).",
        flush=True,
    )
    warning = checksums.trust(key, about["url"], about["bytes"], about["sha256"])
    if warning:
        print(f"warning: {warning}", flush=True)
    return warning


def _origin(target: Path) -> Path:
    """Return where it is written down where a finished download came from."""
    return target.with_name(f".{target.name}.origin.json")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
