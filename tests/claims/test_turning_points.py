"""Claims about Fig. 2C: judged by the scans of all seeds, and by nothing else."""

import dataclasses

import pandas as pd
import pytest
from scipy.stats import ttest_ind

from clear.benchmark.claims.evaluate import claim_tables
from clear.benchmark.claims.turning_points import turning_scores
from tests.claims.test_evaluate import CLAIM, scores

TURNING = dataclasses.replace(CLAIM, rivals=["scdha"], track="turning_point")
SEEDS = {"clear_paper": [0, 1, 2], "scdha": [0, 1]}
ARI = {("clear_paper", 0): 0.8, ("clear_paper", 1): 0.7, ("clear_paper", 2): 0.75}
ARI |= {("scdha", 0): 0.5, ("scdha", 1): 0.52}


def scan(values):
    """Each scan comes by a resolution of higher ARI before its turning point, if it has one.

    There the first seed of Leiden has .3 more than all have on average.
    """
    rows = []
    for (method, seed), ari in values.items():
        rows.append((method, seed, 0.5, 9, 0.99, False, None, None))
        rows += [] if ari is None else [(method, seed, 0.49, 4, ari + 0.3, True, ari, 0.01)]
    names = ["method", "seed", "resolution", "n_clusters", "ari", "turning_point"]
    names += ["ari_mean", "ari_sd"]
    return {("yan", "standard"): pd.DataFrame(rows, columns=names)}


def judged(values):
    of_run = scores({("yan", "clear_paper"): [0.1, 0.1, 0.1], ("yan", "scdha"): [0.9, 0.9]})
    table = pd.concat([of_run, turning_scores(scan(values))])
    rows, _ = claim_tables([TURNING], {}, table, ["yan"], SEEDS, set(), quick=False)
    return rows.iloc[0]


def test_the_turning_points_of_all_seeds_decide_and_no_track_of_the_run():
    row = judged(ARI)
    assert row["verdict"] == "reproduced"
    assert (row["mean"], row["rival_mean"]) == pytest.approx((0.75, 0.51))
    welch = ttest_ind([0.8, 0.7, 0.75], [0.5, 0.52], equal_var=False).confidence_interval()
    assert (row["low"], row["high"]) == pytest.approx(tuple(welch))
    assert (row["runs"], row["rival_runs"]) == (3, 2)


def test_where_leiden_never_overclusters_there_is_no_verdict_and_it_is_said():
    row = judged(ARI | {("scdha", 0): None, ("scdha", 1): None})
    assert row["verdict"] == "not testable here"
    assert row["reason"] == "runs without a score: scdha on yan (Leiden never overclusters)"


def test_the_spread_of_the_clusterer_is_that_of_the_scan():
    (one,) = turning_scores(scan({("scdha", 0): 0.5})).to_dict("records")
    assert (one["value"], one["scorer_sd"], one["metric"]) == (0.5, 0.01, "ari")


def test_without_a_scan_nothing_is_taken_in_its_place():
    table = scores({("yan", "clear_paper"): [0.9, 0.9, 0.9], ("yan", "scdha"): [0.1, 0.1]})
    rows, _ = claim_tables([TURNING], {}, table, ["yan"], SEEDS, set(), quick=False)
    assert rows.iloc[0]["verdict"] == "not testable here"
    assert "clear_paper on yan (not among close_up)" in rows.iloc[0]["reason"]
