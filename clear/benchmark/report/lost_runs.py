"""One line on the runs that did not succeed, for who looks at the end of a command."""

import textwrap

import pandas as pd

from clear.benchmark.vocabulary import status_words

MOST, LONGEST = 5, 120  # methods that are named, characters of a message


def lost_runs(runs: pd.DataFrame) -> str | None:
    """Return how many runs did not succeed, and of which methods; None where all did."""
    lost = runs[runs["status"] != "ok"].fillna({"message": ""})
    if lost.empty:
        return None
    by_method = lost.groupby(["method", "status"], sort=False)["message"].agg(["size", "first"])
    named = [
        f"{method} ({size} {status_words(status)}{_why(message)})"
        for (method, status), (size, message) in by_method.iterrows()
    ]
    more = f" and {len(named) - MOST} more" if len(named) > MOST else ""
    return f"{len(lost)} of {len(runs)} runs did not succeed: {'; '.join(named[:MOST])}{more}"


def _why(message: str) -> str:
    return f": {textwrap.shorten(message, LONGEST)}" if message else ""
