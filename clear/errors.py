"""Errors that a user can act on."""


class ClearError(Exception):
    """A mistake in the input or the settings, told in one complete sentence.

    The command line prints the message without a traceback; everything else that is raised
    is a defect of this package and keeps its traceback.
    """
