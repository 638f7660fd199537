"""The error for everything that a user can fix."""


class ClearError(Exception):
    """A problem with data, files or settings that the user can fix; the message says how.

    The command line prints the message without a traceback. Any other exception is a bug of this
    package and keeps its traceback.
    """
