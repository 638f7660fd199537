"""The rules for claims about an atlas: how much was found, and how long it took."""

from collections.abc import Callable
from dataclasses import dataclass

from clear.benchmark.claims.rules import NOT, PARTLY, REPRODUCED

NEAR, FAR = 0.1, 0.25  # of the paper's number of clusters
SLOWER = 1.1  # times as long: no overhead to speak of


@dataclass(frozen=True)
class AtlasRule:
    """A way to judge one number of an atlas.

    Attributes
    ----------
    words
        What is measured, and when a claim is reproduced, partly reproduced and not.
    measures
        The name of the number, in words.
    judge
        Takes the number and the paper's, and returns the verdict.
    """

    words: str
    measures: str
    judge: Callable[[float, float | None], str]


def _clusters(value: float, published: float) -> str:
    off = abs(value - published) / published
    return REPRODUCED if off <= NEAR else PARTLY if off <= FAR else NOT


def _at_most(limit: float, twice: float) -> Callable[[float], str]:
    return lambda value: REPRODUCED if value <= limit else PARTLY if value <= twice else NOT


ATLAS_RULES = {
    "clusters": AtlasRule(
        f"the number of clusters is reproduced within {NEAR:.0%} of the paper's, partly within "
        f"{FAR:.0%}",
        "clusters",
        _clusters,
    ),
    "types": AtlasRule(
        "reproduced: so many types of the marker table have a cluster that is surely theirs; "
        "partly: at least three quarters of them",
        "types",
        lambda value, published: _at_most(-published, -0.75 * published)(-value),
    ),
    "hours": AtlasRule(
        "reproduced: embedding, neighbours, clusters and UMAP take no longer than in the paper; "
        "partly: up to twice as long; longer without a GPU decides nothing",
        "hours",
        lambda value, published: _at_most(published, 2 * published)(value),
    ),
    "per_cell": AtlasRule(
        f"reproduced: the embedding takes at most {SLOWER:g} times as long for each cell as on the "
        "run's smallest case study; partly: at most twice as long",
        "times as long for each cell",
        lambda value, _: _at_most(SLOWER, 2)(value),
    ),
}
