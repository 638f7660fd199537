"""Check that the addresses in the dataset cards still serve what the cards say."""

import re
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from itertools import count
from pathlib import Path

import pandas as pd
import requests

from clear.benchmark.data.alternatives import of_source, sources
from clear.benchmark.data.fetch.content import may_be_page
from clear.benchmark.data.fetch.politeness import (
    HEADERS,
    TIMEOUT_S,
    connection,
    pause,
    reason,
)

COLUMNS = ["dataset", "source", "file", "status", "size", "declared", "url"]
OK = "ok"
AT_ONCE = 8  # addresses, at several hosts
NO_HEAD = (HTTPStatus.FORBIDDEN, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED)


def check_urls(cards: list[dict], hosts: Path) -> pd.DataFrame:
    """Ask every address of dataset cards for its file, without downloading it.

    Parameters
    ----------
    cards
        Cards, with ``id`` and, where they have files to download, ``files`` and
        ``alternatives``.
    hosts
        Folder of the lock files of :func:`~clear.benchmark.data.fetch.politeness.connection`.

    Returns
    -------
    pandas.DataFrame
        One row per address: ``dataset``, ``source``, ``file``, ``status`` (``ok`` or what is
        wrong), ``size`` and ``declared`` (bytes; empty where unknown), ``url``.
    """
    wanted = [
        (card["id"], source, spec, url)
        for card in cards
        if "files" in card
        for source in sources(card)
        for spec in of_source(card, source)["files"]
        for url in spec["urls"]
    ]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(lambda row: _ask(row[3], row[2], hosts), wanted))
    rows = [
        (dataset, source, spec["name"], status, size, spec.get("size"), url)
        for (dataset, source, spec, url), (status, size) in zip(wanted, answers, strict=True)
    ]
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table.astype({"size": "Int64", "declared": "Int64"})


def dead(table: pd.DataFrame) -> list[str]:
    """Return the files, as ``dataset/source/file``, for which no address is ok."""
    alive = table["status"].eq(OK).groupby([table[c] for c in COLUMNS[:3]], sort=False).any()
    return ["/".join(names) for names in alive.index[~alive]]


def as_text(table: pd.DataFrame) -> str:
    """Return the table in aligned columns."""
    cells = table.astype(object).where(table.notna(), "-").astype(str)
    lines = [COLUMNS, *cells.to_numpy().tolist()]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _ask(url: str, spec: dict, hosts: Path) -> tuple[str, int | None]:
    """Return the status of an address, and the size of its file in bytes if it says so."""
    for failures in count(1):
        try:
            with connection(url, hosts):
                response = _headers(url)
            break
        except requests.RequestException as error:
            try:
                pause(url, error, failures)
            except requests.RequestException:
                return reason(error), None
    size = _size(response)
    is_page = response.headers.get("Content-Type", "").lower().startswith("text/html")
    if is_page and not may_be_page(spec):
        return "an HTML page", size
    if None not in (size, spec.get("size")) and size != spec["size"]:
        return "another size", size
    return OK, size


def _headers(url: str) -> requests.Response:
    about = {"timeout": TIMEOUT_S, "allow_redirects": True}
    response = requests.head(url, headers=HEADERS, **about)
    if response.status_code in NO_HEAD:
        headers = HEADERS | {"Range": "bytes=0-0"}
        with requests.get(url, headers=headers, stream=True, **about) as response:
            pass  # the body is not read
    response.raise_for_status()
    return response


def _size(response: requests.Response) -> int | None:
    whole = re.fullmatch(r"bytes \d+-\d+/(\d+)", response.headers.get("Content-Range", ""))
    if whole:
        return int(whole[1])
    length = response.headers.get("Content-Length", "")
    if response.status_code == HTTPStatus.PARTIAL_CONTENT or "Content-Encoding" in response.headers:
        return None  # the length of a part, or after compression on the fly
    return int(length) or None if length.isdigit() else None  # some servers answer HEAD with 0
