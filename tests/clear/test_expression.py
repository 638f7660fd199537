"""Input matrices: what is accepted, normalised and refused."""

import numpy as np
import pytest
import scanpy
from anndata import AnnData
from scipy import sparse

from clear.errors import ClearError
from clear.matrix import dense_columns, genes_to_use, log_expression


def counts(cells=30, genes=20, seed=0):
    return np.random.default_rng(seed).poisson(3.0, (cells, genes))


@pytest.mark.parametrize("form", [np.asarray, sparse.csr_matrix, sparse.csc_array])
@pytest.mark.parametrize("kind", [np.int32, np.uint16, np.float32, np.float64])
@pytest.mark.filterwarnings("ignore:Some cells have zero counts")
def test_counts_are_normalised_as_scanpy_does(form, kind):
    values = counts().astype(kind)
    values[3] = 0  # a cell without counts
    adata = AnnData(values.astype(np.float32), layers={"counts": form(values)})
    ours = log_expression(adata, "counts")
    scanpy.pp.normalize_total(adata, target_sum=1e4)
    scanpy.pp.log1p(adata)
    assert np.allclose(ours.toarray() if sparse.issparse(ours) else ours, adata.X, rtol=1e-5)
    left = adata.layers["counts"]
    assert np.array_equal(left.toarray() if sparse.issparse(left) else left, values)


def test_other_layers_are_taken_as_they_are():
    logged = np.log1p(counts() / 3)
    adata = AnnData(counts(), layers={"logcounts": logged})
    assert np.array_equal(log_expression(adata, "logcounts"), logged)


def test_backed_files_are_read(tmp_path):
    import anndata

    logged = np.log1p(counts() / 3)
    for name, matrix in (("dense", logged), ("sparse", sparse.csr_matrix(logged))):
        AnnData(matrix).write_h5ad(tmp_path / f"{name}.h5ad")
        backed = anndata.read_h5ad(tmp_path / f"{name}.h5ad", backed="r")
        read = log_expression(backed, None)
        assert np.array_equal(read.toarray() if sparse.issparse(read) else read, logged)
        backed.file.close()


@pytest.mark.parametrize("form", [np.asarray, sparse.csr_matrix])
@pytest.mark.parametrize(
    ("value", "message"),
    [
        (np.nan, "NaN or infinite"),
        (np.inf, "NaN or infinite"),
        (-0.5, "negative values"),
        (51.5, "does not look log-normalised"),
    ],
)
def test_bad_values_are_refused(form, value, message):
    logged = np.log1p(counts() / 3)
    logged[4, 7] = value
    with pytest.raises(ClearError, match=message):
        log_expression(AnnData(form(logged)), None)


@pytest.mark.parametrize("kind", [np.int64, np.float32])
def test_raw_counts_are_refused_with_the_way_out(kind):
    with pytest.raises(ClearError, match="layer='counts'"):
        log_expression(AnnData(counts().astype(kind)), None)


def test_negative_counts_are_refused():
    values = counts()
    values[0, 0] = -1
    with pytest.raises(ClearError, match="Layer 'counts' holds negative"):
        log_expression(AnnData(np.zeros((30, 20)), layers={"counts": values}), "counts")


def test_zeros_and_ones_pass():
    assert log_expression(AnnData(np.eye(4)), None).shape == (4, 4)


@pytest.mark.parametrize(
    ("adata", "layer", "message"),
    [
        (np.eye(3), None, "works on an AnnData, not on a ndarray"),
        (AnnData(np.eye(3)), "count", "no layer 'count' .there: none"),
        (AnnData(np.zeros((0, 3))), None, "0 cells and 3 genes"),
        (AnnData(np.zeros((3, 0))), None, "3 cells and 0 genes"),
        (AnnData(shape=(3, 3)), None, "adata.X is empty"),
    ],
)
def test_absent_data_is_refused(adata, layer, message):
    with pytest.raises(ClearError, match=message):
        log_expression(adata, layer)


def test_highly_variable_genes_are_used_where_marked():
    adata = AnnData(np.eye(4))
    adata.var_names = list("abcd")
    assert list(genes_to_use(adata)) == list("abcd")
    adata.var["highly_variable"] = [True, False, False, True]
    assert list(genes_to_use(adata)) == ["a", "d"]
    adata.var["highly_variable"] = False
    with pytest.raises(ClearError, match="marks no gene"):
        genes_to_use(adata)
    adata.var["highly_variable"] = ["yes", "no", "no", "yes"]
    with pytest.raises(ClearError, match="True or False"):
        genes_to_use(adata)


def test_gene_names_must_be_unique():
    adata = AnnData(np.eye(4))
    adata.var_names = list("abca")
    with pytest.raises(ClearError, match="'a' occurs more than once"):
        genes_to_use(adata)


@pytest.mark.parametrize("form", [np.asarray, sparse.csr_matrix])
def test_dense_columns_fill_absent_ones_with_zeros(form):
    matrix = form(np.arange(6.0).reshape(2, 3))
    out = dense_columns(matrix, np.array([2, -1, 0]))
    assert out.dtype == np.float32
    assert out.tolist() == [[2, 0, 0], [5, 0, 3]]
