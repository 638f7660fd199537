"""Rules of politeness towards archives: few connections, pauses between retries, our name.

urllib3's ``Retry`` is not used for the retries themselves: it ends where the body of an answer
begins, and most failures of large downloads come later. One rule for both is kept here.
"""

import random
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import InvalidHeader
from urllib3.util import Retry

from clear import __version__
from clear.benchmark.locks import lock

CONNECTIONS_PER_HOST = 2
ATTEMPTS = 4
PAUSE_S = 1.0  # after the first failure; doubled after each further one
LONGEST_PAUSE_S = 300.0  # if a server asks for more, the next address is tried
POLL_S = 0.1
TIMEOUT_S = (15, 60)  # to connect, and between two packets of the answer
HEADERS = {
    "User-Agent": f"clear-sc/{__version__} (benchmark of CLEAR for single-cell RNA-seq)",
    # A server that compresses on the fly sends other bytes than those of the published file.
    "Accept-Encoding": "identity",
}


@contextmanager
def connection(url: str, hosts: Path) -> Iterator[None]:
    """Take one of the two connections to a host that all processes together may have.

    Parameters
    ----------
    url
        The address.
    hosts
        Folder of the lock files, one per host and connection.
    """
    try:
        host = urlsplit(url).hostname or "none"
    except ValueError as error:
        raise requests.exceptions.InvalidURL(f"Invalid URL {url!r}: {error}") from None
    hosts.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        said = False
        while not any(_taken(hosts / f"{host}.{n}", stack) for n in range(CONNECTIONS_PER_HOST)):
            if not said:
                print(f"Waiting for a free connection to {host}.", flush=True)
                said = True
            time.sleep(POLL_S)
        yield


def _taken(path: Path, stack: ExitStack) -> bool:
    handle = path.open("a")
    if lock(handle, wait=False):
        stack.enter_context(handle)
        return True
    handle.close()
    return False


def pause(url: str, error: requests.RequestException, failures: int) -> None:
    """Wait before the next attempt, or raise the error if another attempt would not help.

    Parameters
    ----------
    url
        The address.
    error
        The error that ended the request.
    failures
        Number of failures in a row.
    """
    asked = _retry_after(error.response)
    if failures >= ATTEMPTS or not _is_transient(error) or asked > LONGEST_PAUSE_S:
        raise error
    # Jitter keeps the jobs of a cluster from coming back all at once.
    seconds = max(asked, PAUSE_S * 2 ** (failures - 1) * random.uniform(0.5, 1.5))
    print(f"{url}: {reason(error)}; next attempt in {seconds:.0f} s.", flush=True)
    time.sleep(seconds)


def reason(error: requests.RequestException) -> str:
    """Say in a few words why a request failed."""
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


def _is_transient(error: requests.RequestException) -> bool:
    """Say whether the same request may succeed a moment later."""
    if isinstance(error, requests.HTTPError):
        return error.response.status_code >= 500 or error.response.status_code in (408, 429)
    return isinstance(
        error,
        requests.ConnectionError | requests.Timeout | requests.exceptions.ChunkedEncodingError,
    )


def _retry_after(response: requests.Response | None) -> float:
    """Return the seconds that a server asks us to wait, 0 if it does not."""
    value = response.headers.get("Retry-After") if response is not None else None
    try:
        return Retry().parse_retry_after(value) if value else 0.0
    except InvalidHeader:
        return 0.0
