"""Filters of cells and genes: what is left, what is recorded, and settings that leave nothing."""

import numpy as np
import pytest

from clear.errors import ClearError
from tests.data.prepare.preparing import COUNTS, dataset, steps


def test_filters_and_normalisation_by_hand(run):
    data, truth, record = run(dataset())
    kept = COUNTS[[0, 1, 4]][:, [0, 1, 2]].astype(float)
    assert truth["name"].tolist() == ["original0", "original1", "original4"]
    assert truth["cell_type"].tolist() == ["kind0", "kind1", "kind0"]
    assert sorted(truth["cell"]) == ["cell_000000", "cell_000001", "cell_000002"]
    assert list(data.var_names) == ["g0", "g1", "g2"]
    assert (data.layers["counts"].toarray() == kept).all()
    expected = np.log(1 + kept / kept.sum(axis=1, keepdims=True) * 1e4)
    np.testing.assert_allclose(data.X.toarray(), expected, rtol=1e-5)
    for matrix in (data.X, data.layers["counts"]):
        assert matrix.format == "csr" and matrix.dtype == np.float32
    assert record["cells"] == {"before": 5, "after": 3}
    assert record["genes"] == {"before": 5, "after": 3}
    assert steps(record) == [
        ("min_genes", True, 2, 0, 3, 5),  # the cell without expression, the one with one gene
        ("min_cells", True, 0, 2, 3, 3),
        ("no_expression", True, 0, 0, 3, 3),
    ]
    assert record["types"] == {"kind0": 2, "kind1": 1} and record["lost_types"] == []
    assert data.var["highly_variable"].all() and record["highly_variable"] == 3
    assert dict(data.uns) == {"unit": "counts", "scale": "log1p"}


def test_cell_whose_genes_are_all_filtered(run):
    counts = np.ones((6, 4), dtype=int)
    counts[:5, 2:] = 0
    counts[5, :2] = 0  # the last cell alone has the last two genes
    data, truth, record = run(dataset(counts))
    assert data.shape == (5, 2) and "original5" not in set(truth["name"])
    assert steps(record)[-1] == ("no_expression", True, 1, 0, 5, 2)


def test_lost_type_is_noted(run):
    _, _, record = run(dataset(cell_type=["a", "a", "a", "rare", "b"]))
    assert record["lost_types"] == ["rare"] and record["types"]["rare"] == 0


def test_min_genes_beyond_a_gene_panel(run):
    with pytest.raises(ClearError) as caught:
        run(dataset(), min_genes=200)
    message = str(caught.value)
    assert "prepare.min_genes" in message and "200" in message and "'toy'" in message
    assert "5 genes in the file, the richest cell has 4" in message
    assert list(run.folder.glob("out/*")) == []


def test_min_cells_beyond_the_cells(run):
    with pytest.raises(ClearError, match="prepare.min_cells"):
        run(dataset(), min_cells=50)
