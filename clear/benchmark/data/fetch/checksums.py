"""Trust on first use: checksums of files for which nobody published one.

``config/checksums.tsv`` gets a line once the first download of a file could be read; later
downloads must have the same content. A folder of own cards has a table of its own.
"""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, NamedTuple

from clear.benchmark.data.fetch.content import UnusableFileError
from clear.benchmark.locks import lock
from clear.errors import ClearError

FIRST_USE = "first use"  # what such a file is ``verified`` by in fetch.json
COLUMNS = ("dataset", "source", "file", "url", "bytes", "sha256", "first_seen")


class Key(NamedTuple):
    """The file that a line is about."""

    dataset: str
    source: str
    file: str


class Checksums:
    """A table of recorded checksums.

    Parameters
    ----------
    path
        The table; it need not exist.
    """

    def __init__(self, path: Path):
        self.path = Path(path)

    def check(self, key: Key, digest: str) -> bool:
        """Say whether a file is recorded.

        Raises
        ------
        UnusableFileError
            It is recorded with another digest.
        ClearError
            The table is malformed, or cannot be read.
        """
        try:
            return self._check(self.path.read_bytes(), key, digest)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise ClearError(
                f"{self.path} cannot be read ({error.strerror}): make it readable."
            ) from error

    def trust(self, key: Key, url: str, size: int, digest: str) -> str | None:
        """Record the first download of a file.

        Parameters
        ----------
        key
            The file.
        url
            Its address.
        size
            Bytes.
        digest
            SHA-256.

        Returns
        -------
        str or None
            A warning if the table cannot be written, as in a read-only checkout.

        Raises
        ------
        UnusableFileError
            Another process has recorded another digest in the meantime.
        """
        print(
            f"{key.file}: nobody published a checksum, so this first download is trusted as it is "
            f"(sha256 {digest}); later ones must equal it ({self.path}).",
            flush=True,
        )
        line = "\t".join((*key, url, str(size), digest, f"{datetime.now(UTC):%Y-%m-%d}")) + "\n"
        try:
            with self.path.open("a+b") as table:
                lock(table)
                table.seek(0)
                text = table.read()
                if not self._check(text, key, digest):
                    start = "\n" if text and not text.endswith(b"\n") else ""
                    header = "" if text else "\t".join(COLUMNS) + "\n"
                    _append(table, f"{start}{header}{line}".encode())
        except OSError as error:
            warning = (
                f"{self.path} cannot be written ({error.strerror}): the checksum of {key.file} is "
                "not recorded there, and the next download will not be compared with this one. "
                f"The line to add: {line.rstrip()}"
            )
            print(f"warning: {warning}", flush=True)
            return warning
        return None

    def trust_read(self, fetched: dict) -> list[str]:
        """Record the first downloads of a dataset that could be read, and return warnings.

        Parameters
        ----------
        fetched
            Its ``fetch.json``.
        """
        warnings = [
            self.trust(
                Key(fetched["dataset"], fetched["source"], file["name"]),
                *(file[name] for name in ("url", "bytes", "sha256")),
            )
            for file in fetched["files"]
            if file["verified"] == FIRST_USE
        ]
        return [warning for warning in warnings if warning]

    def _check(self, table: bytes, key: Key, digest: str) -> bool:
        try:
            text = table.decode()
        except UnicodeDecodeError as error:
            number = table[: error.start].count(b"\n") + 1
            raise ClearError(
                f"{self.path}, line {number} is not UTF-8 text: correct or remove it."
            ) from error
        for number, line in enumerate(text.splitlines(), 1):
            values = line.split("\t")
            if tuple(values) == COLUMNS or not line.strip():
                continue
            if len(values) != len(COLUMNS):
                raise ClearError(
                    f"{self.path}, line {number}: {len(values)} columns, not {len(COLUMNS)} "
                    f"({', '.join(COLUMNS)}, with tabs between them): correct or remove it."
                )
            if tuple(values[:3]) == key:
                if values[5] != digest:
                    raise UnusableFileError(self._differs(number, line, digest))
                return True
        return False

    def _differs(self, number: int, line: str, digest: str) -> str:
        *_, expected, first_seen = line.split("\t")
        return (
            f"expected sha256 {expected}, as first seen on {first_seen} ({self.path}, line "
            f"{number}), found {digest}: the file has changed since, or is damaged. If it was "
            "replaced on purpose and you want the new one, remove that line and run the same "
            "command again"
        )


def _append(table: IO, text: str) -> None:
    end = table.seek(0, os.SEEK_END)
    try:
        table.write(text)
        table.flush()
    except OSError:  # the disk is full: no half line
        table.truncate(end)
        raise
