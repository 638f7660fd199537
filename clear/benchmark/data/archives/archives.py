"""Files inside tar and zip archives, opened safely and without unpacking where possible.

A file that is no archive counts as an archive of itself, so that readers need not care.
"""

import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from clear.benchmark.data.archives.containers import entries, kind_of
from clear.benchmark.data.archives.unpacking import DECOMPRESS, Budget, opened
from clear.errors import ClearError
from clear.files.atomic import atomic_path


def members(paths: Iterable[Path], pattern: str | None = None) -> Iterator[tuple[str, BinaryIO]]:
    """Open the files inside archives, one after the other.

    Parameters
    ----------
    paths
        Archives (tar, plain or compressed with gzip, bzip2 or xz; zip) or plain files. What a
        file is, its content tells.
    pattern
        Regular expression that is searched in the names; files without a match are left out.

    Yields
    ------
    name : str
        The name inside the archive with its folders, ``/`` between them; of a plain file its own
        name. Suffixes of compression are kept.
    stream : binary file
        The content, decompressed where the name ends in .gz, .bz2 or .xz. It can be read until
        the next one is asked for, and only forwards. ``stream.name`` names the archive and the
        file inside, for messages.

    Raises
    ------
    ClearError
        An archive is damaged, incomplete or encrypted; a name leads out of the archive; a file
        that is asked for is a link or a device, or stands there twice; more bytes come
        out of it than :mod:`.unpacking` allows; no name has a match. All but the last may be
        raised late, by the reading of a stream.
    """
    budget, names, found = Budget(), [], False
    for path in map(Path, paths):
        seen = set()
        for name, opener in entries(path):
            if pattern is not None and not re.search(pattern, name):
                names.append(name)
                continue
            where = str(path) if opener is None else f"{path}: {name}"
            if name in seen:
                raise ClearError(f"{where} stands in the archive twice. Remove one of them.")
            seen.add(name)
            found = True
            with opened(path, name, opener, where, budget) as stream:
                yield name, stream
    if not found:
        shown = f"{', '.join(names[:3])}{', ...' if len(names) > 3 else ''}"
        raise ClearError(
            f"No file in {', '.join(map(str, paths))} fits the pattern {pattern!r}; the names "
            f"are: {shown}. Correct it in the card's `reader_options`."
            if names
            else f"There is no file in {', '.join(map(str, paths))}."
        )


def unpack(path: Path, folder: Path, pattern: str | None = None) -> dict[str, Path]:
    """Write the files of an archive to disk, for readers that cannot read a stream.

    Parameters
    ----------
    path
        Archive or plain file, see :func:`members`.
    folder
        Folder to make; it appears whole or not at all. It may be there if it is empty.
    pattern
        As in :func:`members`.

    Returns
    -------
    dict of str to Path
        The files by their names inside the archive. On disk they are decompressed and have no
        suffix .gz, .bz2 or .xz. A plain file that is not compressed is not copied: its path is
        the original.

    Raises
    ------
    ClearError
        See :func:`members`; also where the disk is full.
    """
    path, folder = Path(path), Path(folder)
    if not is_archive(path) and path.suffix.lower() not in DECOMPRESS:
        return {name: path for name, _ in members([path], pattern)}
    written = {}
    with atomic_path(folder) as building:
        for name, stream in members([path], pattern):
            inside = _without_compression(name)
            if inside in written.values():
                raise ClearError(f"{path} holds {inside} both compressed and not. Remove one.")
            (building / inside).parent.mkdir(parents=True, exist_ok=True)
            with (building / inside).open("wb") as target:
                shutil.copyfileobj(stream, target, 1 << 20)
            written[name] = inside
    return {name: folder / inside for name, inside in written.items()}


def describe(name: str, pattern: str | None = None) -> tuple[str, dict[str, str | None]]:
    """Take the name of a cell or sample, and what else a file's name tells, from that name.

    Parameters
    ----------
    name
        Name of the file, as :func:`members` gives it.
    pattern
        Regular expression with named groups, searched in it.

    Returns
    -------
    label : str
        What the group ``cell`` matched, else ``sample``, else the file's name without folders
        and without the suffixes of its format.
    columns : dict of str to str or None
        What all other groups matched, by their names; ``sample`` is among them, so that it can
        serve as the batch. None where a group took no part in the match.
    """
    groups = re.search(pattern, name).groupdict() if pattern else {}
    columns = {key: value for key, value in groups.items() if key != "cell"}
    plain = PurePosixPath(_without_compression(name))
    return groups.get("cell") or groups.get("sample") or plain.stem, columns


def is_archive(path: Path) -> bool:
    """Say whether a file is a tar or zip archive.

    Raises
    ------
    ClearError
        It is named like one but is none, or cannot be read.
    """
    return kind_of(Path(path)) is not None


def _without_compression(name: str) -> str:
    suffix = PurePosixPath(name).suffix
    return name[: -len(suffix)] if suffix.lower() in DECOMPRESS else name
