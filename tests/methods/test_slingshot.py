"""Slingshot on a path, in the environment that uv builds."""

from scipy.stats import spearmanr


def test_a_path_is_ordered_from_its_first_stage(orders, lineage, environment):
    found, result = orders(environment=environment("slingshot"))
    assert spearmanr(found, lineage.time).statistic > 0.8
    assert "lineages through" in result.log
    assert result.status["versions"]["numpy"].startswith("1.")
