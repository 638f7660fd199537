"""Progress for people and for logs."""

import sys
import time

from tqdm import tqdm


class _LogProgress(tqdm):
    """A tqdm that prints whole lines, at most one per tenth of the work.

    A log file has no cursor: a bar that redraws itself fills it with control characters.
    """

    def __init__(self, *args, **kwargs):
        self._next_fraction = 0.0
        super().__init__(*args, **kwargs)

    def display(self, msg=None, pos=None):
        done = self.n / self.total if self.total else 0.0
        if done < self._next_fraction:
            return
        self._next_fraction = min(int(done * 10 + 1e-9) / 10 + 0.1, 1.0) if done < 1 else 2.0
        print(f"{time.strftime('%H:%M:%S')} {self!s}", file=self.fp, flush=True)

    def clear(self, nolock=False):
        """Nothing to wipe: what stands in a log stays."""

    def close(self):
        if not self.disable:
            self.display()
            self.disable = True


def progress(iterable=None, *, total: float | None = None, label: str = "", unit: str = "it"):
    """Show the progress of a long step on standard error.

    Parameters
    ----------
    iterable
        What to loop over; without it, call ``.update(n)`` on the result.
    total
        Number of units of work; taken from ``iterable`` where it has a length.
    label, unit
        Words in front of the bar and behind the numbers.

    Returns
    -------
    tqdm.tqdm
        A bar on a terminal; in a log, one plain line per tenth of the work.
    """
    bar = tqdm if sys.stderr.isatty() else _LogProgress
    scale = unit == "B"
    return bar(iterable, total=total, desc=label, unit=unit, unit_scale=scale, file=sys.stderr)
