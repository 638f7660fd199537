"""Streams of files inside archives, decompressed and limited in size."""

import bz2
import gzip
import io
import lzma
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from clear.benchmark.data.archives.containers import Opener, explain_damage
from clear.errors import ClearError

# More than any published file needs: counts of 1.5 million cells are about 40 GB of text.
MEMBER_LIMIT = 128 * 2**30  # bytes of one file, unpacked
TOTAL_LIMIT = 512 * 2**30  # bytes of all files that one call reads, unpacked
DECOMPRESS = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}


class Budget:
    """Counts the unpacked bytes of one call, and refuses too many."""

    total = 0

    def check(self, of_member: int, where: str) -> None:
        """Raise a ClearError if a file, or all together, have more bytes than allowed."""
        for limit, read in ((MEMBER_LIMIT, of_member), (TOTAL_LIMIT, self.total)):
            if read > limit:
                raise ClearError(
                    f"{where} unpacks to more than the {limit:,} bytes that are allowed. If the "
                    "archive is to be trusted, unpack it by hand and list its files in the card."
                )


class _Counted(io.RawIOBase):
    """A stream that counts the bytes read and turns damage into a ClearError."""

    def __init__(self, stream: BinaryIO, where: str, budget: Budget):
        self.name, self._stream, self._budget, self._read = where, stream, budget, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        with explain_damage(self.name):
            data = self._stream.read(len(buffer))
        self._read += len(data)
        self._budget.total += len(data)
        self._budget.check(self._read, self.name)
        buffer[: len(data)] = data
        return len(data)


@contextmanager
def opened(
    path: Path, name: str, opener: Opener | None, where: str, budget: Budget
) -> Iterator[BinaryIO]:
    """Open a file of an archive, or a plain one if there is no ``opener``, decompressed.

    ``where`` is its name in messages; the bytes read count against the budget.
    """
    decompress = DECOMPRESS.get(PurePosixPath(name).suffix.lower())
    with explain_damage(where):
        inner = opener() if opener else path.open("rb")
    with (
        inner,
        io.BufferedReader(
            _Counted(decompress(inner) if decompress else inner, where, budget), 1 << 18
        ) as stream,
    ):
        yield stream
