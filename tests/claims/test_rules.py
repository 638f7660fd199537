"""Each rule on both sides of its limits."""

import pytest

from clear.benchmark.claims.compared import Estimate
from clear.benchmark.claims.rules import NOT, PARTLY, REPRODUCED, RULES, refuted


def of(mean, low, high):
    return Estimate(mean, low, high, "seeds", 1)


SURE, UNSURE, WORSE = of(0.2, 0.1, 0.3), of(0.05, -0.1, 0.2), of(-0.01, -0.02, 0.1)


def by(*differences):
    """Return an estimate with these differences on the datasets of a claim."""
    mean = sum(differences) / len(differences)
    return Estimate(mean, mean - 1, mean + 1, "seeds", len(differences), differences)


@pytest.mark.parametrize(
    "rule, found, published, verdict, rival",
    [
        ("highest", {"a": SURE, "b": SURE}, None, REPRODUCED, "a"),
        ("highest", {"a": SURE, "b": UNSURE}, None, PARTLY, "b"),
        ("highest", {"a": WORSE, "b": SURE}, None, NOT, "a"),
        ("highest", {"a": of(0, -0.1, 0.1)}, None, NOT, "a"),  # as high is not above
        ("most", {"a": by(1, 1, -9), "b": by(1, 1, 1)}, None, REPRODUCED, "a"),
        ("most", {"a": by(1, 1, -9), "b": by(-9, 1, 1)}, None, PARTLY, "a"),  # of both on one
        ("most", {"a": by(1, 1, 1), "b": by(9, 0, -1)}, None, NOT, "b"),  # as high is not above
        ("most", {"a": by(9, 9, -1, -1)}, None, NOT, "a"),  # half is not most
        ("margin", {"a": SURE}, 0.25, REPRODUCED, "a"),
        ("margin", {"a": SURE}, 0.35, PARTLY, "a"),  # above 0, and another size
        ("margin", {"a": UNSURE}, 0.05, PARTLY, "a"),
        ("margin", {"a": WORSE}, 0.05, NOT, "a"),
        ("similar", {"a": of(0.01, -0.02, 0.02)}, None, REPRODUCED, "a"),
        ("similar", {"a": of(0.01, -0.02, 0.03)}, None, PARTLY, "a"),
        ("similar", {"a": of(-0.03, -0.04, -0.025)}, None, NOT, "a"),
        ("similar", {"a": of(0.02, 0.01, 0.02), "b": of(0, -0.1, 0.1)}, None, PARTLY, "b"),
        ("similar", {"a": of(0.01, 0, 0.02), "b": of(0.03, 0.02, 0.04)}, None, NOT, "b"),
        ("value", {"": of(0.96, 0.95, 0.99)}, 0.97, REPRODUCED, ""),
        ("value", {"": of(0.97, 0.9, 1)}, 0.97, PARTLY, ""),  # the mean agrees, and is not sure
        ("value", {"": of(1, 0.99, 1)}, 0.97, PARTLY, ""),
        ("value", {"": of(1, 0.995, 1)}, 0.97, NOT, ""),
        ("value", {"": of(0.9, 0.8, 0.96)}, 0.97, PARTLY, ""),
        ("value", {"": of(0.9, 0.88, 0.92)}, 0.97, NOT, ""),
        ("near_one", {"": of(0.95, 0.9, 1)}, None, REPRODUCED, ""),
        ("near_one", {"": of(0.9, 0.89, 0.91)}, None, PARTLY, ""),
        ("near_one", {"": of(0.89, 0.8, 0.98)}, None, NOT, ""),
    ],
)
def test_verdicts(rule, found, published, verdict, rival):
    assert RULES[rule].judge(found, published) == (verdict, rival)


def test_the_most_and_the_highest_are_refuted_by_one_rival():
    assert refuted("most", {"a": by(1, 1), "b": by(9, -1)}) == "b"
    assert refuted("most", {"a": by(1, 1, -9), "b": by(9, 9, 9)}) is None
    assert refuted("highest", {"a": SURE, "b": WORSE}) == "b"
    assert refuted("highest", {"a": SURE, "b": UNSURE}) is None
    assert refuted("similar", {"b": WORSE}) is None
