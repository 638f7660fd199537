"""The body of an answer, as it arrives: decompressed, not too slow, cut off or whole."""

import gzip
import time
import zlib

import requests
import urllib3

from clear.benchmark.data.fetch.content import UnusableFileError

WINDOW_S = 30.0  # the speed is that of so many seconds
GZIP = ("gzip", "x-gzip")


class SlowTransferError(requests.RequestException):
    """The server sends less than the least speed."""


class Body:
    """The bytes of a file from an answer.

    Parameters
    ----------
    response
        The answer, of which nothing was read.
    name
        The file's name.
    min_speed
        Bytes per second below which the transfer is given up.

    Attributes
    ----------
    total : int or None
        Bytes of the body as far as the server says.
    as_stored : bool
        Whether the server sends the bytes of its file, not compressed on the fly.
    ends : bool
        Whether a body that is cut off differs from a whole one: its length is known, or it
        comes in chunks of which the last is marked, or as a gzip stream.

    Raises
    ------
    UnusableFileError
        The server compresses on the fly by something other than gzip.
    """

    def __init__(self, response: requests.Response, name: str, min_speed: float):
        self._raw, self._min_speed = response.raw, min_speed
        self._since, self._received = time.monotonic(), 0
        encoding = response.headers.get("Content-Encoding", "identity").lower()
        # For a gzipped file the server may describe the file itself: it stays as published.
        gzipped_file = encoding in GZIP and name.lower().endswith((".gz", ".tgz"))
        self.as_stored = encoding == "identity" or gzipped_file
        if not self.as_stored and encoding not in GZIP:
            raise UnusableFileError(f"the server compresses it ({encoding}), though asked not to")
        length = response.headers.get("Content-Length", "")
        self.total = int(length) if self.as_stored and length.isdigit() else None
        chunked = response.headers.get("Transfer-Encoding", "").lower() == "chunked"
        self.ends = self.total is not None or chunked or not self.as_stored
        self._stream = _Arriving(self) if self.as_stored else gzip.GzipFile(fileobj=_Arriving(self))

    def read(self, size: int) -> bytes:
        """Return up to ``size`` bytes, nothing at the end.

        Raises
        ------
        requests.RequestException
            The connection broke, or is too slow.
        """
        try:
            return self._stream.read(size)
        except (urllib3.exceptions.ProtocolError, EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise requests.exceptions.ChunkedEncodingError(error) from error
        except urllib3.exceptions.HTTPError as error:
            raise requests.ConnectionError(error) from error

    def arrive(self, size: int) -> bytes:
        """Return what has arrived, at most ``size`` bytes, and check the speed."""
        piece = self._raw.read1(size, decode_content=False) or b""
        self._received += len(piece)
        seconds = time.monotonic() - self._since
        if piece and seconds >= WINDOW_S:
            if self._received < self._min_speed * seconds:
                raise SlowTransferError(
                    f"it sends {self._received / seconds:,.0f} bytes a second; the setting "
                    f"`min_speed` asks for {self._min_speed:,}"
                )
            self._since, self._received = time.monotonic(), 0
        return piece


class _Arriving:
    """The body as a file that GzipFile can read."""

    def __init__(self, body: Body):
        self.read = body.arrive
