"""Import igraph without its plots, in a process that draws nothing."""

import sys


def import_igraph() -> None:
    """Import igraph as if Matplotlib were not installed.

    For its plots igraph imports Matplotlib, which takes longer than scoring a small run. Both are
    left as they are where they have been imported.
    """
    if {"igraph", "matplotlib"} & sys.modules.keys():
        return
    sys.modules["matplotlib"] = None
    try:
        import igraph  # noqa: F401
    finally:
        del sys.modules["matplotlib"]
