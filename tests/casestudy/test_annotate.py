"""Types by markers: the score by hand, what is unsure, what somebody gave, what is missing."""

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from scipy import sparse

from clear.benchmark.casestudy.annotate import annotate
from clear.errors import ClearError

MARKERS = {"T": ["CD3E", "IL7R"], "B": ["MS4A1"], "NK": ["NKG7"]}


def cells(values):
    """Cells x the genes CD3E, IL7R, MS4A1, NKG7, two cells a row."""
    X = np.repeat(np.array(values, dtype=float), 2, axis=0)
    names = [f"c{i}" for i in range(len(X))]
    genes = ["CD3E", "IL7R", "MS4A1", "NKG7"]
    data = AnnData(sparse.csr_matrix(X), pd.DataFrame(index=names), pd.DataFrame(index=genes))
    clusters = pd.DataFrame({"cell": names, "cluster": np.repeat(np.arange(len(values)), 2)})
    return data, clusters.astype({"cluster": str})


EASY = [[4, 2, 0, 0], [0, 0, 3, 0], [0, 0, 0, 3], [4, 2, 0, 0]]


def test_score_and_margin_by_hand():
    data, clusters = cells(EASY)
    types, annotation = annotate(clusters, data, MARKERS)
    assert annotation["type"].tolist() == ["T", "B", "NK", "T"]
    # a marker of two clusters of four has the z-scores 1 and -1, of one sqrt(3) and -1/sqrt(3)
    assert annotation["score"].tolist() == pytest.approx([1, 3**0.5, 3**0.5, 1])
    assert annotation["margin"][0] == pytest.approx(1 + 3**-0.5)
    assert annotation["next"][0] in ("B", "NK") and annotation["sure"].all()
    assert types["type"].tolist() == ["T", "T", "B", "B", "NK", "NK", "T", "T"]
    assert types["cell"].tolist() == list(data.obs_names)


def test_a_cluster_of_two_types_or_none_is_unsure():
    data, clusters = cells([*EASY, [0, 0, 3, 3], [0, 0, 0, 0]])
    _, annotation = annotate(clusters, data, MARKERS)
    assert annotation["sure"].tolist() == [True] * 4 + [False, False]
    assert annotation["margin"][4] == pytest.approx(0) and annotation["score"][5] < 0


def test_order_of_the_cells_in_the_clusters_does_not_matter():
    data, clusters = cells(EASY)
    types, _ = annotate(clusters.sample(frac=1, random_state=0), data, MARKERS)
    assert types["type"].tolist() == ["T", "T", "B", "B", "NK", "NK", "T", "T"]


def test_a_given_type_goes_before_the_markers():
    data, clusters = cells(EASY)
    _, annotation = annotate(clusters, data, MARKERS, {"3": "B"})
    assert annotation["type"].tolist() == ["T", "B", "NK", "B"]
    assert annotation["by"].tolist() == ["markers"] * 3 + ["table"]


def test_a_given_cluster_that_does_not_exist():
    data, clusters = cells(EASY)
    with pytest.raises(ClearError, match="no cluster 9 of this method; they are 0 to 3"):
        annotate(clusters, data, MARKERS, {"9": "B"})


def test_missing_markers_are_left_out_and_said():
    data, clusters = cells(EASY)
    more = MARKERS | {"T": ["CD3E", "CD3D"], "DC": ["FCER1A"]}
    _, annotation = annotate(clusters, data, more)
    assert annotation["markers"][0] == "CD3E" and annotation["missing"][0] == "CD3D"
    assert annotation["type"].tolist() == ["T", "B", "NK", "T"]


def test_genes_of_another_kind_are_an_error():
    data, clusters = cells(EASY)
    data.var_names = [f"ENSG{i}" for i in range(4)]
    with pytest.raises(ClearError, match=r"of 3 types only 0 have a marker.*'ENSG0'.*`genes`"):
        annotate(clusters, data, MARKERS)


def test_without_clusters_there_are_no_types():
    types, annotation = annotate(pd.DataFrame(columns=["cell", "cluster"]), None, MARKERS)
    assert types.empty and annotation.empty and list(types)[:2] == ["cell", "type"]
