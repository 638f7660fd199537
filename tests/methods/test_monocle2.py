"""Monocle 2 on a path, where R has it."""

import pytest
from scipy.stats import spearmanr


@pytest.fixture(autouse=True)
def monocle(needs_r):
    """Skip where R or monocle is absent."""
    needs_r("monocle", "rhdf5", "jsonlite")


def test_a_path_is_ordered_from_its_first_stage(orders, lineage, script):
    found, result = orders(script.with_suffix(".R"))
    assert spearmanr(found, lineage.time).statistic > 0.8
    assert "states of 120 cells" in result.log
