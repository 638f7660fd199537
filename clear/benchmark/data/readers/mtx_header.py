"""Files of the Matrix Market format: their headers, and the lists of names beside them."""

import csv
import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pandas as pd

from clear.errors import ClearError

BANNER = ("%%matrixmarket", "matrix", "coordinate")
LONGEST = 2**20  # bytes of a line of the header


@dataclass(frozen=True)
class Header:
    """The numbers of rows, columns and entries, and the header's own lines and bytes."""

    rows: int
    columns: int
    entries: int
    lines: int
    size: int


@contextmanager
def open_text(path: Path) -> Iterator[BinaryIO]:
    """Open a file as bytes, decompressed if gzipped; damage raises :class:`ClearError`."""
    try:
        with path.open("rb") as file:
            zipped = file.read(2) == b"\x1f\x8b"
        with gzip.open(path) if zipped else path.open("rb") as file:
            yield file
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ClearError(
            f"{path} is damaged: {error}. Most often it was not downloaded to its end: remove it, "
            "and get it again."
        ) from error


def read_header(path: Path) -> Header:
    """Read the header of a Matrix Market file.

    Raises
    ------
    ClearError
        It is not a general coordinate matrix of real or integer values.
    """
    with open_text(path) as file:
        line = file.readline(LONGEST)
        words = line.decode("latin-1").lower().split()
        lines, size = 1, len(line)
        if len(words) != 5 or words[0] != BANNER[0]:
            raise ClearError(
                f"{path} is not a Matrix Market file: its first line is not of the form "
                "'%%MatrixMarket matrix coordinate real general'."
            )
        if (*words[:3], words[4]) != (*BANNER, "general") or words[3] not in ("real", "integer"):
            raise ClearError(
                f"{path} has the kind '{' '.join(words[1:])}', which is not read as expression; "
                "only 'matrix coordinate real general' and 'matrix coordinate integer general' "
                "are. Convert it."
            )
        while line.startswith(b"%") or not line.strip():
            line = file.readline(LONGEST)
            lines, size = lines + 1, size + len(line)
            if not line:
                raise ClearError(f"{path} ends within its header.")
    numbers = line.split()
    if len(numbers) != 3 or not all(number.isdigit() for number in numbers):
        raise ClearError(
            f"{path}, line {lines}: numbers of rows, columns and entries are needed, found "
            f"{line[:80].decode('latin-1').strip()!r}."
        )
    return Header(*map(int, numbers), lines, size)


def read_names(path: Path) -> pd.DataFrame:
    """Read a list without a header: a line per cell or gene, columns separated by tabs.

    Returns
    -------
    pandas.DataFrame
        Text, with columns 0, 1, ...
    """
    try:
        with open_text(path) as file:
            return pd.read_csv(
                file,
                sep="\t",
                header=None,
                dtype=str,
                keep_default_na=False,
                quoting=csv.QUOTE_NONE,
                skip_blank_lines=False,
            )
    except (ValueError, UnicodeDecodeError) as error:
        raise ClearError(f"{path} cannot be read as a list of names: {error}") from error
