"""Enrichment against the running sum worked out here, and gene sets that are wrong."""

import numpy as np
import pandas as pd
import pytest

from clear.benchmark.casestudy.enrichment import enrichment, ranked
from clear.benchmark.casestudy.gene_sets import check_symbols, read_gmt
from clear.benchmark.settings import CardError


def differential(change):
    genes = [f"G{number}" for number in range(len(change))]
    return pd.DataFrame(
        {"type": "mono", "status": "ill", "reference": "healthy", "gene": genes}
        | {"log2fc_cells": change, "log2fc_donors": np.nan}
    )


def running_sum(ranks, members):
    """Largest deviation of the weighted running sum, gene by gene."""
    total = sum(abs(value) for gene, value in ranks.items() if gene in members)
    misses = sum(gene not in members for gene in ranks.index)
    height, furthest = 0.0, 0.0
    for gene, value in ranks.items():
        height += abs(value) / total if gene in members else -1 / misses
        furthest = height if abs(height) > abs(furthest) else furthest
    return furthest


CHANGE = np.random.default_rng(0).normal(0, 1, 120)
CHANGE[:8] = np.linspace(2, 3, 8)
SETS = {
    "up": [f"G{number}" for number in range(8)] + ["G50", "NOT_THERE"],
    "any": [f"G{number}" for number in range(20, 60)],
    "small": ["G1", "G2"],
}


def test_the_statistic_is_the_running_sum():
    table = enrichment(differential(CHANGE), SETS, ["mono"]).set_index("set")
    ranks = ranked(differential(CHANGE), "cells")
    assert set(table.index) == {"up", "any"}  # fewer than five genes are no set
    for name in table.index:
        assert table.loc[name, "es"] == pytest.approx(running_sum(ranks, set(SETS[name])), abs=1e-6)
    assert table.loc["up", "nes"] > 1.5 and table.loc["up", "q"] < 0.05
    assert table.loc["any", "p"] > 0.05
    assert set(table.loc["up", "leading"].split(", ")) >= {f"G{number}" for number in range(8)}


def test_only_genes_beyond_the_papers_threshold_are_ranked():
    ranks = ranked(differential([0.2, 0.26, -0.25, -3, 1]), "cells")
    assert ranks.index.tolist() == ["G4", "G1", "G3"]


def test_the_same_draw_twice():
    first, second = (enrichment(differential(CHANGE), SETS, ["mono"]) for _ in range(2))
    pd.testing.assert_frame_equal(first, second)


def test_nothing_to_rank_gives_no_rows():
    assert enrichment(differential([0.1, 0.2]), SETS, ["mono"]).empty
    assert enrichment(differential(CHANGE), SETS, ["another"]).empty


def test_a_gmt_file_is_read(tmp_path):
    path = tmp_path / "sets.gmt"
    path.write_text("a set (GO:1)\t\tA\tB\tA\nb\turl\tC\t\n\n")
    assert read_gmt(path) == {"a set (GO:1)": ["A", "B"], "b": ["C"]}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "has no gene set"),
        ("a,b,c\n", "line 1 is not of a GMT file"),
        ("a\t\tA\na\t\tB\n", "line 2: the set a is there twice"),
    ],
)
def test_files_that_are_wrong(tmp_path, text, message):
    path = tmp_path / "sets.gmt"
    path.write_text(text)
    with pytest.raises(CardError, match=message):
        read_gmt(path)


def test_sets_with_other_symbols_are_refused(tmp_path):
    with pytest.raises(CardError, match="named like Ifit1, those of the data like IFIT1"):
        check_symbols({"a": ["Ifit1"]}, ["IFIT1"], tmp_path / "mouse.gmt")
