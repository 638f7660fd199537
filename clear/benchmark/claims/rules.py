"""The rules by which a claim is judged, each in words and as a function.

A verdict needs a number, an interval and every run that the claim is about. Where one of them is
missing it is ``not testable here``, unless what is there refutes the claim already.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from clear.benchmark.claims.compared import Estimate
from clear.benchmark.statistics.bayes import ROPE

REPRODUCED, PARTLY, NOT = "reproduced", "partly", "not reproduced"
NOT_TESTABLE = "not testable here"
NEAR_ONE = 0.9  # what "almost perfectly" and "precisely" are taken for


@dataclass(frozen=True)
class Rule:
    """A way to judge.

    Attributes
    ----------
    words
        When a claim is reproduced, partly reproduced and not.
    compares
        Whether it compares with rivals.
    needs_published
        Whether it compares with the paper's number.
    judge
        Takes the differences to each rival (or one estimate under the name of nobody, ``""``), the
        paper's number, and returns the verdict with the name of the rival that decides it.
    """

    words: str
    compares: bool
    needs_published: bool
    judge: Callable[[dict[str, Estimate], float | None], tuple[str, str]]


def _highest(found: dict[str, Estimate], _) -> tuple[str, str]:
    nearest = min(found, key=lambda name: found[name].mean)
    if found[nearest].mean <= 0:
        return NOT, nearest
    lowest = min(found, key=lambda name: found[name].low)
    return (REPRODUCED, nearest) if found[lowest].low > 0 else (PARTLY, lowest)


def _most(found: dict[str, Estimate], _) -> tuple[str, str]:
    nearest = min(found, key=lambda name: (ahead(found[name]), found[name].mean))
    if not _on_most(found[nearest]):
        return NOT, nearest
    of_all = np.min([found[name].by_dataset for name in found], axis=0)
    return (REPRODUCED if 2 * (of_all > 0).sum() > len(of_all) else PARTLY), nearest


def ahead(estimate: Estimate) -> int:
    """Return on how many datasets the mean is above the rival's."""
    return sum(value > 0 for value in estimate.by_dataset)


def _on_most(estimate: Estimate) -> bool:
    return 2 * ahead(estimate) > estimate.datasets


def _margin(found: dict[str, Estimate], published: float) -> tuple[str, str]:
    ((rival, estimate),) = found.items()
    if estimate.mean <= 0:
        return NOT, rival
    agrees = estimate.low > 0 and estimate.low <= published <= estimate.high
    return REPRODUCED if agrees else PARTLY, rival


def _similar(found: dict[str, Estimate], _) -> tuple[str, str]:
    farthest = max(found, key=lambda name: abs(found[name].mean))
    if round(abs(found[farthest].mean), 10) > ROPE:
        return NOT, farthest
    reach = {name: round(max(-found[name].low, found[name].high), 10) for name in found}
    widest = max(reach, key=reach.get)
    return (REPRODUCED, farthest) if reach[widest] <= ROPE else (PARTLY, widest)


def _value(found: dict[str, Estimate], published: float) -> tuple[str, str]:
    (estimate,) = found.values()
    low, high = (round(bound - published, 10) for bound in (estimate.low, estimate.high))
    if low >= -ROPE and high <= ROPE:
        return REPRODUCED, ""
    return (PARTLY if low <= ROPE and high >= -ROPE else NOT), ""


def _near_one(found: dict[str, Estimate], _) -> tuple[str, str]:
    (estimate,) = found.values()
    mean, low = (round(value, 10) for value in (estimate.mean, estimate.low))
    if mean < NEAR_ONE:
        return NOT, ""
    return (REPRODUCED if low >= NEAR_ONE else PARTLY), ""


RULES = {
    "highest": Rule(
        "reproduced: the mean is above that of every rival, and so is the whole interval of each "
        "difference; partly: the mean is, an interval is not; not reproduced: a rival's mean is as "
        "high or higher",
        True, False, _highest,
    ),
    "most": Rule(
        "reproduced: on more than half of the datasets the mean over seeds is above those of all "
        "rivals; partly: it is above that of each on more than half, on others of all together; "
        "not reproduced: a rival's is as high or higher on half of them or more",
        True, False, _most,
    ),
    "margin": Rule(
        "reproduced: the interval of the difference lies above 0 and holds the paper's number; "
        "partly: the mean difference is above 0; not reproduced: it is not",
        True, True, _margin,
    ),
    "similar": Rule(
        f"reproduced: the whole interval of each difference lies within ±{ROPE:g}; partly: each "
        "mean difference does; not reproduced: one does not",
        True, False, _similar,
    ),
    "value": Rule(
        f"reproduced: the interval lies within {ROPE:g} of the paper's number; partly: it reaches "
        "there; not reproduced: it does not",
        False, True, _value,
    ),
    "near_one": Rule(
        f"reproduced: the whole interval is at least {NEAR_ONE:g}; partly: the mean is; not "
        "reproduced: it is not. The bound is ours",
        False, False, _near_one,
    ),
}  # fmt: skip


def refuted(rule: str, found: dict[str, Estimate]) -> str | None:
    """Return the rival that refutes a claim whatever the missing ones would have, if there is one.

    Only "highest" and "most" can be refuted so: by one rival on all datasets of the claim.
    """
    if rule == "highest":
        above = [name for name, estimate in found.items() if estimate.mean <= 0]
    elif rule == "most":
        above = [name for name, estimate in found.items() if not _on_most(estimate)]
    else:
        return None
    return min(above, key=lambda name: found[name].mean) if above else None
