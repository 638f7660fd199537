"""How many bytes may come out of a compressed file: small files that fill a disk are refused."""

from clear.errors import ClearError

# Tables of counts shrink to a tenth, those of hardly anything but zeros to a hundredth; a file
# made to fill memory shrinks to a thousandth and less.
RATIO = 200
HARMLESS = 2**23  # bytes that may come out of any file


def check_unpacked(unpacked: int, packed: int, where: str) -> None:
    """Refuse what unpacks to more than any expression data do.

    Parameters
    ----------
    unpacked, packed
        Bytes after and before decompression, so far or as the file says.
    where
        Name of the file, for the message.

    Raises
    ------
    ClearError
        More than 8 MiB come out, and more than 200 times what went in.
    """
    if unpacked > max(HARMLESS, RATIO * packed):
        raise ClearError(
            f"{where} unpacks to more than {RATIO} times its size ({unpacked:,} bytes out of "
            f"{packed:,}), which no expression data do. If it is to be trusted, unpack it by hand "
            "and name the result in the card."
        )
