"""Progress for people and for logs."""

import sys
import time

from tqdm import tqdm

# Where a bar can be drawn although standard error goes to a log; set by clear.benchmark.logs.
terminal = None


class _LogProgress(tqdm):
    """A tqdm that prints whole lines, at most one per tenth of the work.

    A log file has no cursor: a bar that redraws itself fills it with control characters.
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

    def reset(self, total=None):
        if self._bar:
            self._bar.reset(total)
        super().reset(total)

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
        """Nothing to wipe: what stands in a log stays."""

    def close(self):
        if not self.disable:
            if self._bar:
                self._bar.close()
            self.display()
            self.disable = True


def progress(*, total: float, label: str, unit: str):
    """Show the progress of a long step on standard error.

    Parameters
    ----------
    total
        Number of units of work.
    label, unit
        Words in front of the bar and behind the numbers; ``B`` counts bytes in kB and MB.

    Returns
    -------
    tqdm.tqdm
        To be told of work done by ``update(n)``. A bar on a terminal; in a log, one plain line
        per tenth of the work; both where a step of the workflow writes its log while someone
        looks on.
    """
    bar = tqdm if sys.stderr.isatty() else _LogProgress
    return bar(total=total, desc=label, unit=unit, unit_scale=unit == "B", file=sys.stderr)
