"""Progress of long steps: a bar on a terminal, lines in a log."""

import logging
import sys
import time

from tqdm import tqdm

log = logging.getLogger("clear")

# A terminal to draw the bar on, set by whoever redirects standard error to a log.
terminal = None


class _LogProgress(tqdm):
    """A tqdm that prints whole lines, at most one per tenth of the work.

    A bar that redraws itself would fill a log with control characters.
    """

    def __init__(self, **kwargs):
        self._next_fraction = 0.0
        self._bar = tqdm(**kwargs | {"file": terminal}) if terminal else None
        super().__init__(**kwargs)

    def update(self, n=1):
        if self._bar:
            self._bar.total = self.total
            self._bar.update(n)
        return super().update(n)

    def set_postfix(self, *args, **kwargs):
        if self._bar:
            self._bar.set_postfix(*args, **kwargs)
        super().set_postfix(*args, **kwargs)

    def display(self, msg=None, pos=None):
        done = self.n / self.total if self.total else 0.0
        if done < self._next_fraction:
            return
        self._next_fraction = min(int(done * 10 + 1e-9) / 10 + 0.1, 1.0) if done < 1 else 2.0
        print(f"{time.strftime('%H:%M:%S')} {self!s}", file=self.fp, flush=True)

    def clear(self, nolock=False):
        """Do nothing: lines of a log are not redrawn."""

    def close(self):
        if not self.disable:
            if self._bar:
                self._bar.close()
            self.display()
            self.disable = True


def say(text: str) -> None:
    """Log a line, or print it where nobody set up logging: Python then shows warnings only."""
    if log.hasHandlers():
        log.info(text)
    else:
        print(f"CLEAR: {text}", file=sys.stderr)


def progress(*, total: float, label: str, unit: str, shown: bool = True):
    """Show the progress of a long step on standard error.

    Parameters
    ----------
    total
        Number of units of work.
    label, unit
        Text before the bar and after the numbers; ``B`` shows bytes as kB and MB.
    shown
        Whether to show anything.

    Returns
    -------
    tqdm.tqdm
        Call ``update(n)`` after ``n`` units. A bar on a terminal, one plain line per tenth of the
        work in a log, and both where ``terminal`` is set.
    """
    if not shown:
        return tqdm(disable=True)
    bar = tqdm if sys.stderr.isatty() else _LogProgress
    return bar(total=total, desc=label, unit=unit, unit_scale=unit == "B", file=sys.stderr)
