"""How well a pseudotime agrees with the order of the stages.

A function gets (stages, pseudotime, types), one value of each per cell: whole numbers from 0, the
earliest; numbers of which only the order counts; names. It returns NaN where it is not defined: a
pseudotime that is the same for all cells orders none, and says neither that they are in order nor
that they are not.
"""

from itertools import pairwise

import numpy as np

from clear.benchmark.metrics.metric import HIGHER, Metric, Undefined

BEFORE, AFTER = "8cell", "16cell"  # names of the paper's embryo sets


def spearman(stages: np.ndarray, pseudotime: np.ndarray, _: np.ndarray) -> float:
    """Spearman's correlation: Pearson's of the ranks, of which ties share the mean."""
    from scipy.stats import spearmanr

    if _constant(stages) or _constant(pseudotime):
        return float("nan")
    return float(spearmanr(stages, pseudotime).statistic)


def kendall(stages: np.ndarray, pseudotime: np.ndarray, _: np.ndarray) -> float:
    """Kendall's tau-b: (C - D) / sqrt((C + D + S) (C + D + T)).

    C and D count the pairs of cells in the same and in opposite order, S those of one stage only,
    T those with one pseudotime only.
    """
    from scipy.stats import kendalltau

    if _constant(stages) or _constant(pseudotime):
        return float("nan")
    return float(kendalltau(stages, pseudotime, variant="b").statistic)


def neighbouring(stages: np.ndarray, pseudotime: np.ndarray, _: np.ndarray) -> float:
    """Share of the pairs of cells of neighbouring stages that are in order.

    With t the pseudotime, sum over neighbouring stages a, b of the pairs (i in a, j in b) with
    t_i < t_j, plus half of those with t_i = t_j, over the sum of n_a n_b: Mann and Whitney's U over
    its maximum, pooled. Neighbours are stages that have cells, with none that has between them.
    """
    if _constant(stages) or _constant(pseudotime):
        return float("nan")
    present = np.unique(stages)
    groups = [pseudotime[stages == stage] for stage in present]
    pairs = list(pairwise(groups))
    in_order = sum(_in_order(before, after) for before, after in pairs)
    return in_order / sum(len(before) * len(after) for before, after in pairs)


def eight_before_sixteen(_: np.ndarray, pseudotime: np.ndarray, types: np.ndarray) -> float:
    """Share of the pairs of a cell of the 8-cell and one of the 16-cell stage that are in order.

    As :func:`neighbouring`, of the two stages that the paper's text compares.

    Raises
    ------
    Undefined
        When no types are named 8cell and 16cell.
    """
    before, after = pseudotime[types == BEFORE], pseudotime[types == AFTER]
    if not len(before) or not len(after):
        raise Undefined(f"the cells have no types {BEFORE} and {AFTER}")
    if _constant(pseudotime):
        return float("nan")
    return _in_order(before, after) / (len(before) * len(after))


def _constant(values: np.ndarray) -> bool:
    return len(values) == 0 or bool((values == values[0]).all())


def _in_order(before: np.ndarray, after: np.ndarray) -> float:
    """Count the pairs in order, ties as half: Mann and Whitney's U, from ranks."""
    from scipy.stats import rankdata

    ranks = rankdata(np.concatenate([before, after]))
    return float(ranks[len(before) :].sum() - len(after) * (len(after) + 1) / 2)


PAIRS = "share of pairs in order, Mann and Whitney 1947"
METRICS = {
    "spearman": Metric(
        "Spearman", "pseudotime", spearman, -1, 1, HIGHER, "Spearman 1904, ties by mean ranks"
    ),
    "kendall": Metric("Kendall \u03c4-b", "pseudotime", kendall, -1, 1, HIGHER, "Kendall 1945"),
    "neighbouring_stages": Metric(
        "Neighbouring stages", "pseudotime", neighbouring, 0, 1, HIGHER, PAIRS
    ),
    "eight_sixteen": Metric(
        "8-cell before 16-cell", "pseudotime", eight_before_sixteen, 0, 1, HIGHER, PAIRS
    ),
}
