"""Transfers of a file of 900,000 bytes, some of them cut."""

import numpy as np

from clear.benchmark.data.fetch import transfer

DATA = np.random.default_rng(0).bytes(900_000)
CUT = 400_000
ETAG, OTHER = {"ETag": '"a"'}, {"ETag": '"b"'}
WHOLE = {"body": DATA, "ranges": True, "headers": ETAG}
BROKEN = WHOLE | {"sent": CUT}
START = CUT - transfer.OVERLAP  # from where the rest is asked for


def asked(server) -> list[tuple]:
    """What each request asked for: Range and If-Range."""
    return [(h.get("Range"), h.get("If-Range")) for h in server.headers]


def first_byte(server, request=1) -> int:
    return int(server.headers[request]["Range"].removeprefix("bytes=").removesuffix("-"))
