"""What the steps on genes read: counts of the cells with a sure type, and the genes of panels."""

import anndata
import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from scipy import sparse

from clear.benchmark.casestudy.panel import panel_table
from clear.benchmark.casestudy.study import log_normalised, read_study

GENES = ["g0", "CD14", "g2", "LYZ", "g4"]


@pytest.fixture
def study(tmp_path):
    """Three hundred cells of two donors, every third of a type that is not sure."""
    rng = np.random.default_rng(0)
    counts = sparse.random(300, 5, 0.5, "csr", np.float32, rng, lambda n: rng.poisson(4, n) + 1)
    names = pd.Index([f"c{i}" for i in range(300)])
    about = pd.DataFrame(index=names), pd.DataFrame(index=GENES)
    layers = {"counts": counts}
    AnnData(log_normalised(counts), *about, layers=layers).write_h5ad(tmp_path / "input.h5ad")
    truth = pd.DataFrame({"cell": names, "label": "", "donor": "d1", "status": "ill"})
    truth.loc[100:, "donor"] = "d2"
    truth.to_csv(tmp_path / "truth.tsv", sep="\t", index=False)
    sure = np.arange(300) % 3 > 0
    return tmp_path, pd.DataFrame({"cell": names, "type": "B", "score": 1.0, "sure": sure})


def test_counts_of_the_sure_cells_are_read_in_blocks(study, monkeypatch):
    folder, types = study
    monkeypatch.setattr("clear.benchmark.casestudy.study.BLOCK_CELLS", 64)
    data, cells = read_study(types, folder)
    whole = anndata.read_h5ad(folder / "input.h5ad")[types["sure"].to_numpy()]
    np.testing.assert_array_equal(data.X.toarray(), whole.layers["counts"].toarray())
    assert data.var_names.tolist() == GENES
    assert cells.index.tolist() == whole.obs_names.tolist()
    assert (cells["type"] == "B").all() and cells["donor"].value_counts()["d1"] == 66


def test_cells_and_counts_stay_together_in_another_order_of_the_types(study):
    folder, types = study
    data, cells = read_study(types, folder)
    turned, others = read_study(types[::-1], folder)
    pd.testing.assert_frame_equal(cells, others)
    assert (data.X != turned.X).nnz == 0


def test_a_study_without_a_sure_type_has_no_cells(study):
    folder, types = study
    data, cells = read_study(types.assign(sure=False), folder)
    assert data.shape == (0, 5) and cells.empty


def test_log_normalised_values_leave_the_counts_alone():
    counts = sparse.csr_matrix(np.array([[1, 3, 0], [0, 0, 0]]))
    x = log_normalised(counts)
    np.testing.assert_allclose(x.toarray(), np.log1p([[2500, 7500, 0], [0, 0, 0]]), rtol=1e-6)
    assert counts.toarray().tolist() == [[1, 3, 0], [0, 0, 0]]


def test_panels_have_their_genes_in_the_papers_order_and_lack_what_the_data_lack(study):
    folder, _ = study
    table = panel_table(folder / "input.h5ad")
    assert table.columns.tolist() == ["cell", "CD14", "LYZ"]
    whole = anndata.read_h5ad(folder / "input.h5ad")
    expected = whole[:, ["CD14", "LYZ"]].X.toarray().astype(float).round(4)
    np.testing.assert_array_equal(table[["CD14", "LYZ"]], expected)
