"""Whether values look like logarithms or like counts."""

import numpy as np

# log1p is below 50 for any count ever measured, and log2(x + 1) of counts per million at most 20.
LARGEST_LOG = 50
LARGEST_LOG_PER_MILLION = 20
# Zeros and ones, or twos, may be anything.
LARGEST_BINARY = 2


class Scale:
    """The largest value of a matrix, and whether all are whole numbers.

    Parameters
    ----------
    largest, whole
        Of the values seen so far.
    """

    def __init__(self, largest: float = 0.0, whole: bool = True):
        self.largest, self.whole = largest, whole

    def see(self, values: np.ndarray) -> None:
        """Look at more values (numbers, of any shape)."""
        self.largest = max(self.largest, float(values.max(initial=0)))
        self.whole = self.whole and (values.dtype.kind in "bui" or bool((values % 1 == 0).all()))

    def contradicts(self, logged: bool) -> str | None:
        """Return what speaks against the declared scale, as words for a message.

        Parameters
        ----------
        logged
            Whether the values are said to be logarithms; if not, counts or another linear scale.
        """
        if self.largest <= LARGEST_BINARY:
            return None
        if logged and self.whole:
            return f"whole numbers up to {self.largest:g}, as counts are"
        if logged and self.largest > LARGEST_LOG:
            return f"values up to {self.largest:g}, too large for logarithms"
        if not logged and not self.whole and self.largest <= LARGEST_LOG_PER_MILLION:
            return f"fractions, none above {self.largest:g}, as logarithms are"
        return None
