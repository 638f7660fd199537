"""Metrics of order against scipy, pairs counted by loops, and known answers."""

from itertools import combinations, product

import numpy as np
import pytest
from scipy import stats

from clear.benchmark.metrics.metric import measure
from clear.benchmark.metrics.pseudotime import METRICS

RNG = np.random.default_rng(0)
# stage 2 has no cells, times have ties within and between stages
STAGES = np.repeat([0, 1, 3, 4], [7, 12, 5, 9])
TIME = np.round(STAGES + RNG.normal(0, 1.2, len(STAGES)))
TYPES = np.array(["2cell", "8cell", "none", "16cell", "blast"])[STAGES]
ORDERED = ["spearman", "kendall", "neighbouring_stages"]


def scores(stages=STAGES, time=TIME, types=TYPES):
    return measure("pseudotime", stages, time, types)


def test_spearman_is_the_correlation_of_mean_ranks_and_scipys():
    a, b = stats.rankdata(STAGES), stats.rankdata(TIME)
    assert scores()["spearman"] == pytest.approx(np.corrcoef(a, b)[0, 1])
    assert scores()["spearman"] == pytest.approx(stats.spearmanr(STAGES, TIME).statistic)


def test_kendall_is_tau_b_by_its_definition_and_scipys():
    signs = [
        (np.sign(STAGES[i] - STAGES[j]), np.sign(TIME[i] - TIME[j]))
        for i, j in combinations(range(len(STAGES)), 2)
    ]
    difference = sum(a * b for a, b in signs)
    tied = [sum(pair[k] != 0 for pair in signs) for k in (0, 1)]
    assert scores()["kendall"] == pytest.approx(difference / np.sqrt(tied[0] * tied[1]))
    assert scores()["kendall"] == pytest.approx(stats.kendalltau(STAGES, TIME).statistic)


def in_order(before, after):
    return np.mean([(a < b) + (a == b) / 2 for a, b in product(before, after)])


def test_neighbouring_stages_counts_pairs_and_ties_as_half():
    groups = [TIME[stage == STAGES] for stage in (0, 1, 3, 4)]
    pairs = [(a < b) + (a == b) / 2 for i in range(3) for a, b in product(*groups[i : i + 2])]
    assert scores()["neighbouring_stages"] == pytest.approx(np.mean(pairs))
    # by hand: 1 < 2 right, 1 < 1 half, 3 < 2 and 3 < 1 wrong, 2 and 1 before 9 right
    by_hand = scores(np.array([0, 0, 1, 1, 2]), np.array([1, 3, 2, 1, 9]), np.array(["x"] * 5))
    assert by_hand["neighbouring_stages"] == pytest.approx((1 + 0.5 + 2) / 6)


def test_eight_before_sixteen_is_an_area_under_the_curve_of_those_types_alone():
    before, after = TIME[TYPES == "8cell"], TIME[TYPES == "16cell"]
    assert scores()["eight_sixteen"] == pytest.approx(in_order(before, after))
    u = stats.mannwhitneyu(after, before).statistic
    assert scores()["eight_sixteen"] == pytest.approx(u / len(before) / len(after))
    others = np.where(np.isin(TYPES, ["8cell", "16cell"]), TIME, -TIME)
    assert scores(time=others)["eight_sixteen"] == scores()["eight_sixteen"]
    no_embryos = scores(types=STAGES.astype(str))["eight_sixteen"]
    assert no_embryos == "the cells have no types 8cell and 16cell"


def test_right_reversed_and_monotone_times():
    right, back = scores(time=STAGES**3.0), scores(time=-STAGES.astype(float))
    assert [right[name] for name in ORDERED] == pytest.approx([1, 1, 1])
    assert [back[name] for name in ORDERED] == pytest.approx([-1, -1, 0])
    assert scores(time=np.exp(TIME)) == pytest.approx(scores())


def test_the_order_of_cells_within_a_stage_counts_nowhere():
    order = np.arange(len(TIME))
    for stage in set(STAGES):
        order[stage == STAGES] = RNG.permutation(order[stage == STAGES])
    assert scores(time=TIME[order]) == pytest.approx(scores())


@pytest.mark.parametrize(
    ("stages", "time"),
    [(STAGES, np.zeros(len(STAGES))), (np.zeros(len(STAGES), int), TIME)],
)
def test_one_place_for_all_cells_and_one_stage_have_no_score(stages, time):
    found = scores(stages, time)
    assert np.isnan([found[name] for name in ORDERED]).all()


def test_a_constant_time_does_not_tell_eight_from_sixteen():
    assert np.isnan(scores(time=np.zeros(len(STAGES)))["eight_sixteen"])


def test_noise_scores_by_chance_and_within_bounds():
    stages, types = np.repeat(np.arange(5), 400), np.repeat(["8cell", "16cell"], 1000)
    found = scores(stages, RNG.normal(size=2000), types)
    assert abs(found["spearman"]) < 0.1 and abs(found["kendall"]) < 0.1
    assert abs(found["neighbouring_stages"] - 0.5) < 0.05
    for name, metric in METRICS.items():
        assert metric.low <= found[name] <= metric.high
