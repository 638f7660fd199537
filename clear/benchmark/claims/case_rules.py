"""The rules for claims about a case study: differences between statuses, over donors."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from clear.benchmark.claims.rules import NOT, PARTLY, REPRODUCED

ALPHA = 0.05
SMALL = 0.1  # a rise of a score, in ln(1 + counts per 10,000), that is none worth the name


@dataclass(frozen=True)
class CaseRule:
    """A way to judge the differences of some statuses from the first.

    Attributes
    ----------
    words
        When a claim is reproduced, partly reproduced and not.
    judge
        Takes a row per status with ``difference``, ``high`` and ``q``; returns the verdict and the
        index of the row that decides.
    """

    words: str
    judge: Callable[[pd.DataFrame], tuple[str, int]]


def _sign(sign: int) -> Callable:
    def judge(rows: pd.DataFrame) -> tuple[str, int]:
        differences = sign * rows["difference"]
        if differences.min() <= 0:
            return NOT, differences.idxmin()
        return (REPRODUCED if (rows["q"] < ALPHA).all() else PARTLY), rows["q"].idxmax()

    return judge


def _not_up(rows: pd.DataFrame) -> tuple[str, int]:
    raised = rows[(rows["difference"] > 0) & (rows["q"] < ALPHA)]
    if len(raised):
        return NOT, raised["difference"].idxmax()
    highest = rows["difference"].idxmax()
    return (REPRODUCED if (rows["high"] < SMALL).all() else PARTLY), highest


CASE_RULES = {
    "up": CaseRule(
        f"reproduced: higher than in the first status with q < {ALPHA:g} in every status of the "
        "claim, by the exact rank sum test over donors; partly: higher in all of them, not with "
        "such a q; not reproduced: not higher in one of them",
        _sign(1),
    ),
    "down": CaseRule("as up, for lower", _sign(-1)),
    "not_up": CaseRule(
        f"reproduced: the intervals of the differences end below {SMALL:g} in every status of the "
        f"claim; partly: none is higher with q < {ALPHA:g}; not reproduced: one is",
        _not_up,
    ),
}
