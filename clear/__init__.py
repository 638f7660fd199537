"""CLEAR: self-supervised contrastive learning for single-cell RNA-seq.

``import clear`` loads neither PyTorch nor AnnData, which take seconds; they are loaded when
:class:`CLEAR` is first used.
"""

from typing import TYPE_CHECKING

from clear.version import __version__

if TYPE_CHECKING:
    from clear.estimator import CLEAR

__all__ = ["CLEAR", "__version__"]


def __getattr__(name: str):
    if name == "CLEAR":
        from clear.fast.threads import limit_spinning

        limit_spinning()
        from clear.estimator import CLEAR

        return CLEAR
    raise AttributeError(f"module 'clear' has no attribute {name!r}")
