"""CLEAR: self-supervised contrastive learning for single-cell RNA-seq.

Importing the package costs nothing: PyTorch and AnnData are loaded when :class:`CLEAR` is
first used, so that the benchmark's small tools start at once.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clear.estimator import CLEAR

__version__ = "0.1.0"
__all__ = ["CLEAR", "__version__"]


def __getattr__(name: str):
    if name == "CLEAR":
        from clear.fast.threads import wait_asleep

        wait_asleep()
        from clear.estimator import CLEAR

        return CLEAR
    raise AttributeError(f"module 'clear' has no attribute {name!r}")
