"""R files (.rds, .rda), parsed without running anything in them.

The `rdata` package parses R's serialisation. Three things are done here: the binary format is
parsed from a stream, so that neither the file nor its decompressed bytes are in memory; compact
vectors are expanded as R does it (`r_altrep`); and only the parts asked for are converted
(`r_values`), since rdata's conversion of a whole object fails on the functions and environments
that many saved objects carry.
"""

from pathlib import Path
from typing import BinaryIO

import numpy as np
from rdata.parser import RObject, parse_data
from rdata.parser._xdr import ParserXDR

from clear.benchmark.data.archives.unpacking import DECOMPRESS, MAGIC
from clear.benchmark.data.readers.r_altrep import CONSTRUCTORS
from clear.benchmark.data.readers.r_values import pairs
from clear.errors import ClearError

WORKSPACES = (b"RDX2\n", b"RDX3\n", b"RDA2\n", b"RDA3\n", b"RDB2\n", b"RDB3\n")  # of .rda
XDR = b"X\n"  # R's binary format
OTHERS = (b"A\n", b"B\n")  # as text, and binary as the machine has numbers
CHUNK = 1 << 20  # numbers that are read at a time
LONG_VECTOR = -1  # marks a length in two parts


def open_r_file(path: Path) -> dict[str, RObject]:
    """Return the objects saved in an R file by their names.

    Parameters
    ----------
    path
        ``.rds`` or ``.rda``; uncompressed or compressed with gzip, bzip2 or xz, also twice.

    Returns
    -------
    dict of str to RObject
        All objects of an ``.rda``. The object of an ``.rds``, which has no name, is named after
        the file, without the suffixes of the format.

    Raises
    ------
    ClearError
        The file is not an R file, or is incomplete.
    """
    with Path(path).open("rb") as stream:
        return read_r_stream(stream, Path(path).name, str(path))


def read_r_stream(stream: BinaryIO, name: str, where: str) -> dict[str, RObject]:
    """Return the objects of an R file that is open, see :func:`open_r_file`.

    The stream must have ``peek``, as buffered files have.
    """
    try:
        stream = _decompressed(stream)
        is_workspace = stream.peek(5)[:5] in WORKSPACES
        if is_workspace:
            stream.read(5)
        root = _parse(stream)
        if stream.read(1):
            raise ValueError("more bytes follow its end")
    except ClearError:  # of a damaged archive
        raise
    except Exception as error:  # rdata has no exception for damaged files
        raise ClearError(
            f"{where} cannot be read as an R file (.rds or .rda); it may be incomplete: {error}"
        ) from error
    return pairs(root) if is_workspace else {_stem(name): root}


def _stem(name: str) -> str:
    stem = Path(name).name
    while Path(stem).suffix.lower() in (".gz", ".bz2", ".xz", ".rds"):
        stem = Path(stem).stem
    return stem


def _decompressed(stream: BinaryIO) -> BinaryIO:
    start = stream.peek(6)[:6]
    for magic, suffix in MAGIC.items():
        if start.startswith(magic):
            return _decompressed(DECOMPRESS[suffix](stream))
    return stream


def _parse(stream: BinaryIO) -> RObject:
    if stream.peek(2)[:2] == XDR:
        stream.read(2)
        return _StreamParser(stream).parse_all().object
    if stream.peek(2)[:2] not in OTHERS:  # before it is read whole
        raise ValueError("it does not begin like one")
    return parse_data(stream.read(), extension=".rds", altrep_constructor_dict=CONSTRUCTORS).object


class _StreamParser(ParserXDR):
    """Parser that reads from a stream and notices any missing byte."""

    def __init__(self, stream: BinaryIO):
        super().__init__(memoryview(b""), expand_altrep=True, altrep_constructor_dict=CONSTRUCTORS)
        self.file = stream

    def parse_string(self, length: int) -> bytes:
        text = self.file.read(length)
        if len(text) < length:
            raise EOFError("its end is missing")
        return text

    def parse_int(self) -> int:
        return int.from_bytes(self.parse_string(4), "big", signed=True)

    def _parse_array(self, dtype: type) -> np.ndarray:
        length = self.parse_int()
        if length == LONG_VECTOR:
            length = (self.parse_int() << 32) + (self.parse_int() & 0xFFFFFFFF)
        return self._parse_array_values(dtype, length)

    def _parse_array_values(self, dtype: type, length: int) -> np.ndarray:
        values = np.empty(length, dtype)
        for start in range(0, length, CHUNK):
            part = values[start : start + CHUNK]
            content = self.parse_string(part.nbytes)
            part[:] = np.frombuffer(content, part.dtype.newbyteorder(">"))
        return values
