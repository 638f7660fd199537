"""The error for everything that a user can fix, and errors in one line."""

from textwrap import shorten


class ClearError(Exception):
    """A problem with data, files or settings that the user can fix; the message says how.

    The command line prints the message without a traceback. Any other exception is a bug of this
    package and keeps its traceback.
    """


def one_line(error: Exception) -> str:
    """Return what an error says as one line of at most 300 characters."""
    return shorten(str(error), 300, placeholder=" ...")
