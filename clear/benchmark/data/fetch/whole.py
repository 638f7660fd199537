"""Whether a file without a published checksum is whole, before it is trusted."""

from pathlib import Path, PurePosixPath

import h5py

from clear.benchmark.data.archives.containers import ARCHIVE, entries, kind_of
from clear.benchmark.data.archives.unpacking import DECOMPRESS, Budget, compression, opened
from clear.benchmark.data.fetch.content import UnusableFileError
from clear.errors import ClearError

HDF5 = (".h5", ".h5ad", ".hdf5")
PIECE = 1 << 20  # bytes that are unpacked at a time


def check_whole(path: Path, name: str, ends: bool) -> None:
    """Refuse a file that is cut off, or of which nobody can know whether it is.

    Parameters
    ----------
    path
        The file, perhaps under another name.
    name
        Its name, of which the suffix says what it must be.
    ends
        Whether its transfer would have noticed a cut.

    Raises
    ------
    UnusableFileError
        It is not what its name says; a compressed file, an archive or HDF5 is incomplete; it has
        no end of its own, and the server did not say how long it is.
    """
    suffix = PurePosixPath(name).suffix.lower()
    packed = compression(path)
    if suffix in DECOMPRESS and packed != suffix:
        raise UnusableFileError(f"its name ends in {suffix}, but it is not compressed like that")
    try:
        kind = kind_of(path)
        if kind:
            for _ in entries(path):
                pass
        elif ARCHIVE.search(name):
            raise UnusableFileError("it is no tar or zip archive, or is cut off")
        elif packed:
            with opened(path, f"{name}{packed}", None, name, Budget()) as stream:
                while stream.read(PIECE):
                    pass
        elif suffix in HDF5:
            with h5py.File(path):
                pass
        elif not ends:
            raise UnusableFileError(
                "the server does not say how long it is, so that a cut would go unnoticed: give "
                "its `size` (bytes) or `sha256` in the card"
            )
    except UnusableFileError:
        raise
    except (ClearError, OSError) as error:
        reason = str(error).replace(str(path), name).removesuffix(" Get the file again.")
        raise UnusableFileError(f"it is not whole: {reason.rstrip('.')}") from error
