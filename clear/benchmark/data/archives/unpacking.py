"""Streams of files inside archives, decompressed and limited in size."""

import bz2
import gzip
import io
import lzma
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from clear.benchmark.data.archives.containers import Opener, explain_damage
from clear.benchmark.data.archives.limits import HARMLESS, RATIO, check_unpacked

DECOMPRESS = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
MAGIC = {b"\x1f\x8b": ".gz", b"BZh": ".bz2", b"\xfd7zXZ\x00": ".xz"}


class Budget(Counter):
    """Counts the unpacked bytes of one call, by the file on disk that they come from."""


class _Counted(io.RawIOBase):
    """A stream that counts the bytes read and turns damage into a ClearError.

    They are measured against the compressed bytes that the stream took so far, and those of the
    whole archive against its size (:func:`~.limits.check_unpacked`).
    """

    def __init__(self, stream: BinaryIO, where: str, path: Path, packed: Callable, budget: Budget):
        self.name, self._stream, self._path, self._packed = where, stream, path, packed
        self._budget, self._read, self._size = budget, 0, path.stat().st_size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        with explain_damage(self.name):
            data = self._stream.read(len(buffer))
        self._read += len(data)
        self._budget[self._path] += len(data)
        check_unpacked(self._read, self._packed(), self.name)
        check_unpacked(self._budget[self._path], self._size, self.name)
        buffer[: len(data)] = data
        return len(data)


@contextmanager
def opened(
    path: Path, name: str, opener: Opener | None, where: str, budget: Budget
) -> Iterator[BinaryIO]:
    """Open a file of an archive, or a plain one if there is no ``opener``, decompressed.

    ``where`` is its name in messages; the bytes read count against the budget. ``stream.raw.most``
    is the largest number of bytes that can come.
    """
    decompress = DECOMPRESS.get(PurePosixPath(name).suffix.lower())
    with explain_damage(where):
        inner = opener() if opener else path.open("rb")
    unpacked = decompress(inner) if decompress else inner
    file = path / name if path.is_dir() else path
    counted = _Counted(unpacked, where, file, inner.tell, budget)
    size, plain = file.stat().st_size, not decompress and (not opener or file != path)
    counted.most = size if plain else max(HARMLESS, RATIO * size)
    with inner, io.BufferedReader(counted, 1 << 18) as stream:
        yield stream


def compression(path: Path) -> str | None:
    """Return the suffix of the compression that a file has by its first bytes, if any."""
    with path.open("rb") as handle:
        start = handle.read(6)
    return next((suffix for magic, suffix in MAGIC.items() if start.startswith(magic)), None)
