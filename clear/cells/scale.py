"""Whether values look like logarithms or like counts."""

import numpy as np

# log1p is below 50 for any count ever measured, so are z-scores clipped at 10 as is usual, and
# log2(x + 1) of counts per million is at most 20.
LARGEST_LOG = 50
LARGEST_LOG_PER_MILLION = 20
# Zeros and ones, or twos, may be anything.
LARGEST_BINARY = 2


class Scale:
    """The extremes of a matrix, and whether all values are whole numbers.

    Parameters
    ----------
    largest, whole, smallest
        Of the values seen so far.
    """

    def __init__(self, largest: float = 0.0, whole: bool = True, smallest: float = 0.0):
        self.largest, self.whole, self.smallest = largest, whole, smallest

    def see(self, values: np.ndarray) -> None:
        """Look at more values (numbers, of any shape)."""
        self.largest = max(self.largest, float(values.max(initial=0)))
        self.smallest = min(self.smallest, float(values.min(initial=0)))
        self.whole = self.whole and (
            values.dtype.kind in "bui" or bool((values == np.rint(values)).all())
        )

    def join(self, other: "Scale") -> None:
        """Add what another one has seen."""
        self.largest = max(self.largest, other.largest)
        self.smallest = min(self.smallest, other.smallest)
        self.whole = self.whole and other.whole

    @property
    def size(self) -> float:
        """The largest value without its sign."""
        return max(self.largest, -self.smallest)

    def contradicts(self, logged: bool, limit: float = LARGEST_LOG) -> str | None:
        """Return what speaks against the declared scale, as words for a message.

        Parameters
        ----------
        logged
            Whether the values are said to be logarithms, or z-scores of logarithms, which are
            negative in part; if not, counts or another linear scale.
        limit
            The largest size of logarithms and z-scores.
        """
        if not logged and self.smallest < 0:
            return f"negative values, the least {self.smallest:g}"
        if self.size <= LARGEST_BINARY:
            return None
        if logged and self.whole:
            return f"whole numbers up to {self.size:g}, as counts are"
        if logged and self.size > limit:
            return f"values up to {self.size:g}, too large for logarithms"
        if not logged and not self.whole and self.largest <= LARGEST_LOG_PER_MILLION:
            return f"fractions, none above {self.largest:g}, as logarithms are"
        return None
