"""Text tables, read row by row.

The standard library's csv module is three times as fast as pandas on a table with 50,000 columns:
most fields are zeros, which need no conversion, and pandas takes time for each column.
"""

import csv
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import PurePosixPath
from typing import BinaryIO

import numpy as np

from clear.errors import ClearError

COMPRESSION = (".gz", ".bz2", ".xz")


class TextTable:
    """A table of text with a header.

    Parameters
    ----------
    stream
        As :func:`clear.benchmark.data.archives.archives.members` gives it, with its ``name``.
    separator
        One character; by default a comma in files named .csv, a tab elsewhere.

    Attributes
    ----------
    where : str
        File, and member of an archive, for messages.
    header : list of str
        Names of the columns. R's ``write.table`` has none for the row names: it is empty here.

    Raises
    ------
    ClearError
        The table is empty, its header and its first row do not fit, or the separator is not one
        character.
    """

    def __init__(self, stream: BinaryIO, separator: str | None = None):
        self.where = stream.name
        separator = _separator(self.where) if separator is None else separator
        if len(separator) != 1:
            raise ClearError(
                f"`separator` in the card's reader_options is {separator!r}: give one character."
            )
        text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
        self._reader = csv.reader(text, delimiter=separator, strict=True)
        with self._explained():
            self.header = next(self._reader, [])
            self._first = next(self._reader, [])
        if not any(self.header):
            raise ClearError(f"{self.where} is empty, or its first line is. Get the file again.")
        if len(self._first) == len(self.header) + 1:  # R's write.table
            self.header = ["", *self.header]
        if len(self.header) == 1:
            raise ClearError(
                f"{self.where} has a single column. Correct `separator` ({separator!r} here) in "
                "the card's reader_options."
            )

    def position(self, name: str, option: str) -> int:
        """Return the position of the column that a reader's option names.

        Raises
        ------
        ClearError
            There is no such column.
        """
        if name in self.header:
            return self.header.index(name)
        shown = ", ".join(map(repr, self.header[:10]))
        raise ClearError(
            f"{self.where} has no column {name!r} (`{option}` in the card's reader_options); it "
            f"has: {shown}{', ...' if len(self.header) > 10 else ''}."
        )

    def rows(self) -> Iterator[list[str]]:
        """Yield the rows, once.

        Raises
        ------
        ClearError
            There are no rows, one has not as many fields as the header, or the text is damaged.
        """
        some = False
        with self._explained():
            for row in chain([self._first], self._reader):
                if len(row) == len(self.header):
                    some = True
                    yield row
                elif row:  # an empty line has no fields
                    raise ClearError(
                        f"{self.where}: the header has {len(self.header)} fields, but line "
                        f"{self._reader.line_num if some else 2} has {len(row)}. The file may be "
                        "incomplete, or `separator` in the card's reader_options be wrong."
                    )
        if not some:
            raise ClearError(f"{self.where} has a header, but no rows. Get the file again.")

    def no_number(self, row: str, column: int, value: str, remedy: str = "") -> ClearError:
        """Return the error for a field of the matrix that is not a number."""
        remedy = remedy or (
            "Name columns that are not part of the matrix in the card's reader_options, or correct "
            "the file."
        )
        return ClearError(
            f"{self.where}: in row {row!r}, column {self.header[column]!r}, is {value!r}, not a "
            f"number. {remedy}"
        )

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (csv.Error, UnicodeDecodeError) as error:
            if isinstance(error, UnicodeDecodeError):
                raise no_utf8(self.where, error) from error
            raise ClearError(
                f"{self.where} cannot be read as a table: {error}. The file may be damaged, or "
                "`separator` in the card's reader_options be wrong."
            ) from error


def no_utf8(where: str, error: UnicodeDecodeError) -> ClearError:
    """Return the error for a text that has another encoding than UTF-8."""
    return ClearError(
        f"{where} is not UTF-8 text ({error}). Convert it, as by `iconv -f LATIN1 -t UTF-8` or "
        "`iconv -f UTF-16 -t UTF-8`, and name the new file in the card; or get it again, if it is "
        "damaged."
    )


def nonzero(
    fields: list[str], no_number: Callable[[int], ClearError]
) -> tuple[np.ndarray, np.ndarray]:
    """Return the positions (int32) and values (float32) of the fields that are not zero.

    ``no_number`` gives the error to raise, for the position of a field that is not a number.
    """
    places = [i for i, field in enumerate(fields) if field != "0"]
    try:
        values = np.array([float(fields[i]) for i in places])
    except ValueError:
        raise no_number(next(i for i in places if not _is_number(fields[i]))) from None
    with np.errstate(over="ignore"):  # infinite values are refused later
        values = values.astype(np.float32)
    return np.array(places, dtype=np.int32)[values != 0], values[values != 0]


def _is_number(field: str) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return True


def _separator(where: str) -> str:
    suffixes = [s.lower() for s in PurePosixPath(where).suffixes if s.lower() not in COMPRESSION]
    return "," if suffixes[-1:] == [".csv"] else "\t"
