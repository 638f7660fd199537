"""Monocle 3 on a path, in the environment that uv builds."""

from scipy.stats import spearmanr


def test_a_path_is_ordered_from_its_first_stage(orders, lineage, environment):
    found, result = orders(environment=environment("monocle3"), minutes=9)
    assert spearmanr(found, lineage.time).statistic > 0.7
    assert "of 120 cells are in partitions" in result.log
