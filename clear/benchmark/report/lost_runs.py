"""One line on the runs that did not succeed, for who looks at the end of a command."""

import textwrap

import pandas as pd

from clear.benchmark.vocabulary import status_words

MOST, LONGEST = 5, 120  # methods that are named, characters of a message


def lost_runs(runs: pd.DataFrame) -> str | None:
    """Return how many runs did not succeed, and of which methods; None where all did.

    Those that are not applicable, which is no surprise, are counted last and not named.
    """
    lost = runs[runs["status"] != "ok"].fillna({"message": ""})
    if lost.empty:
        return None
    said = f"{len(lost)} of {len(runs)} runs did not succeed"
    expected = lost["status"] == "not_applicable"
    rest, lost = f"{expected.sum()} not applicable", lost[~expected]
    if lost.empty:
        return f"{said}: {rest}"
    by_method = lost.groupby(["method", "status"], sort=False)["message"].agg(["size", "first"])
    named = [
        f"{method} ({size} {status_words(status)}{_why(message)})"
        for (method, status), (size, message) in by_method.iterrows()
    ]
    more = f" and {len(named) - MOST} more" if len(named) > MOST else ""
    return f"{said}: {'; '.join(named[:MOST])}{more}{f'; {rest}' if expected.any() else ''}"


def _why(message: str) -> str:
    return f": {textwrap.shorten(message, LONGEST)}" if message else ""
