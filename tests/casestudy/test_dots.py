"""Shares and means of the dot plot, by hand."""

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

from clear.benchmark.casestudy.dots import dot_table, first_markers

MARKERS = {"T": ["CD3E", "CD4", "IL7R", "LEF1"], "B": ["MS4A1", "CD3E"], "mast": ["CPA3"]}


@pytest.fixture
def table():
    types = pd.DataFrame(
        {"cell": list("abcd"), "type": ["T", "T", "B", "B"], "sure": [True, True, True, False]}
    )
    X = np.array([[2, 0], [0, 1], [0, 4], [0, 0]], dtype=np.float32)
    data = AnnData(X, pd.DataFrame(index=list("abcd")), pd.DataFrame(index=["CD3E", "MS4A1"]))
    return dot_table(types, data, MARKERS).set_index(["type", "gene"])


def test_three_genes_of_each_type_stand_once():
    genes = {"CD3E": "T", "CD4": "T", "IL7R": "T", "MS4A1": "B", "CPA3": "mast"}
    assert first_markers(MARKERS) == genes


def test_share_and_mean_are_over_all_cells_of_a_type(table):
    assert table.loc[("T", "CD3E"), ["cells", "share", "mean"]].tolist() == [2, 0.5, 1]
    assert table.loc[("T", "MS4A1"), ["share", "mean"]].tolist() == [0.5, 0.5]
    assert table.loc[("B", "MS4A1"), ["cells", "share", "mean"]].tolist() == [1, 1, 4]
    assert table.loc[("unsure", "MS4A1"), ["cells", "share"]].tolist() == [1, 0]


def test_a_type_without_cells_and_a_missing_gene_have_no_numbers(table):
    assert table.loc["mast", "cells"].eq(0).all()
    assert table.loc["mast", ["share", "mean"]].isna().all(axis=None)
    assert table.loc[("T", "CD4"), ["share", "mean"]].isna().all()


def test_without_types_there_are_no_rows():
    none = pd.DataFrame(columns=["cell", "type", "sure"])
    assert dot_table(none, None, MARKERS).empty
