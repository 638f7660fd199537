"""Files inside tar and zip archives, opened safely, and without unpacking where possible.

A plain file is treated as an archive that holds only itself, so that readers see no difference.
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
        Archives (tar, plain or compressed with gzip, bzip2 or xz; zip) or plain files,
        recognised by their content.
    pattern
        Regular expression, searched in the names; files without a match are left out.

    Yields
    ------
    name : str
        The path inside the archive, separated by ``/``, or the name of a plain file. Suffixes of
        compression are kept.
    stream : binary file
        The content, decompressed if the name ends in .gz, .bz2 or .xz. It can be read forwards
        only, and only until the next file is opened. ``stream.name`` names the archive and the
        file inside it, for messages.

    Raises
    ------
    ClearError
        An archive is damaged, incomplete or encrypted; a name leads out of the archive; a
        matching file is a link or a device, or is in the archive twice; more bytes are unpacked
        than :mod:`.limits` allows; no name matches. All but the last may be raised only when
        a stream is read.
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
                raise ClearError(f"{where} is in the archive twice. Remove one of them.")
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
        Folder to make; it appears whole or not at all. An empty one may exist.
    pattern
        As in :func:`members`.

    Returns
    -------
    dict of str to Path
        The files by their names inside the archive. On disk they are decompressed, without the
        suffix .gz, .bz2 or .xz. A plain uncompressed file is not copied: its path is the original.

    Raises
    ------
    ClearError
        See :func:`members`; also if the disk is full.
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
    """Take the name of a cell or sample, and columns of ``obs``, from a file's name.

    Returns
    -------
    label : str
        The match of the group ``cell``, else of ``sample``, else the file's name without folders
        and suffixes.
    columns : dict of str to str or None
        The matches of all groups but ``cell``, by name; ``sample`` is among them, so that it can
        serve as the batch. None for a group that took no part in the match.
    """
    groups = re.search(pattern, name).groupdict() if pattern else {}
    columns = {key: value for key, value in groups.items() if key != "cell"}
    plain = PurePosixPath(_without_compression(name))
    return groups.get("cell") or groups.get("sample") or plain.stem, columns


def is_archive(path: Path) -> bool:
    """Say whether a file is a tar or zip archive, or a folder.

    Raises
    ------
    ClearError
        It is named like an archive but is not one, or cannot be read.
    """
    return kind_of(Path(path)) is not None


def _without_compression(name: str) -> str:
    suffix = PurePosixPath(name).suffix
    return name[: -len(suffix)] if suffix.lower() in DECOMPRESS else name
