"""Input matrices: what is accepted, normalised and refused."""

import anndata
import h5py
import numpy as np
import pandas as pd
import pytest
import scanpy
from anndata import AnnData
from scipy import sparse

from clear.cells.genes import check_unique, marked_genes
from clear.cells.matrix import BLOCK_CELLS, Expression, dense_columns
from clear.errors import ClearError


def read(adata, layer=None, counts=None):
    """All cells and genes of what CLEAR takes."""
    return np.vstack(list(Expression(adata, layer, counts).blocks(np.arange(adata.n_vars))))


def counts(cells=30, genes=20, seed=0):
    return np.random.default_rng(seed).poisson(3.0, (cells, genes))


@pytest.mark.parametrize("form", [np.asarray, sparse.csr_matrix, sparse.csc_array])
@pytest.mark.parametrize("kind", [np.int32, np.uint16, np.float32, np.float64])
@pytest.mark.filterwarnings("ignore:Some cells have zero counts")
def test_counts_are_normalised_as_scanpy_does(form, kind):
    values = counts().astype(kind)
    values[3] = 0  # a cell without counts
    adata = AnnData(values.astype(np.float32), layers={"counts": form(values)})
    ours = read(adata, "counts")
    assert ours.dtype == np.float32
    scanpy.pp.normalize_total(adata, target_sum=1e4)
    scanpy.pp.log1p(adata)
    assert np.allclose(ours, adata.X, rtol=1e-5)
    left = adata.layers["counts"]
    assert np.array_equal(left.toarray() if sparse.issparse(left) else left, values)


def test_other_layers_are_taken_as_they_are():
    logged = np.log1p(counts() / 3).astype(np.float32)
    adata = AnnData(counts(), layers={"logcounts": logged})
    assert np.array_equal(read(adata, "logcounts"), logged)


def test_counts_may_stand_anywhere():
    values = counts()
    adata = AnnData(values, layers={"counts": values, "spliced": values, "log": np.log1p(values)})
    expected = read(adata, "counts")
    assert np.array_equal(read(adata, None, counts=True), expected)
    assert np.array_equal(read(adata, "spliced", counts=True), expected)
    with pytest.raises(ClearError, match="does not look log-normalised"):
        read(adata, "counts", counts=False)
    # Linear values need not be whole numbers.
    scaled = AnnData(values * 2.5)
    assert np.allclose(read(scaled, counts=True), expected, rtol=1e-6)


FORMS = {"dense": np.asarray, "csr": sparse.csr_matrix, "csc": sparse.csc_matrix}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", [np.int64, np.float32, np.float64])
def test_backed_files_give_the_same_bits(tmp_path, form, kind):
    values = counts().astype(kind)
    AnnData(FORMS[form](values)).write_h5ad(tmp_path / "x.h5ad")
    expected = read(AnnData(values), counts=True)
    backed = anndata.read_h5ad(tmp_path / "x.h5ad", backed="r")
    assert np.array_equal(read(backed, counts=True), expected)
    assert np.array_equal(
        read(backed[5:20, ::2], counts=True), read(AnnData(values[5:20, ::2]), counts=True)
    )
    with pytest.raises(ClearError, match="--counts"):
        read(backed)
    backed.file.close()


def test_matrix_by_genes_that_does_not_fit_is_refused(tmp_path):
    """A file that claims 10 TB, of which nothing is written."""
    AnnData(sparse.csc_matrix(np.eye(4))).write_h5ad(tmp_path / "x.h5ad")
    with h5py.File(tmp_path / "x.h5ad", "r+") as file:
        for name in ("data", "indices"):
            del file["X"][name]
            file["X"].create_dataset(name, (10**12,), np.float32, chunks=(1024,))
    backed = anndata.read_h5ad(tmp_path / "x.h5ad", backed="r")
    with pytest.raises(ClearError, match=r"x.h5ad is stored by genes .*16000.0 GB.*tocsr"):
        Expression(backed)
    backed.file.close()


@pytest.mark.parametrize("form", FORMS)
def test_more_cells_than_a_block(tmp_path, form):
    values = counts(2 * BLOCK_CELLS + 5, 4)
    adata = AnnData(FORMS[form](values))
    columns = np.array([3, -1, 0])
    expression = Expression(adata, counts=True)
    blocks = list(expression.blocks(columns))
    assert [len(block) for block in blocks] == [BLOCK_CELLS, BLOCK_CELLS, 5]
    scaled = np.log1p(values * (1e4 / np.maximum(values.sum(1, keepdims=True), 1)))
    by_hand = np.stack([scaled[:, 3], np.zeros(len(values)), scaled[:, 0]], axis=1)
    assert np.allclose(np.vstack(blocks), by_hand, rtol=1e-6)
    adata.write_h5ad(tmp_path / "x.h5ad")
    backed = anndata.read_h5ad(tmp_path / "x.h5ad", backed="r")
    again = np.vstack(list(Expression(backed, counts=True).blocks(columns)))
    assert np.array_equal(again, np.vstack(blocks))
    backed.file.close()


def test_whole_numbers_are_judged_over_all_blocks():
    values = np.ones((BLOCK_CELLS + 1, 3))
    values[0, 0] = 7
    with pytest.raises(ClearError, match="whole numbers up to 7"):
        read(AnnData(values))
    values[-1, -1] = 0.5
    assert read(AnnData(values)).max() == 7


@pytest.mark.parametrize("form", [np.asarray, sparse.csr_matrix])
@pytest.mark.parametrize(
    ("value", "message"),
    [
        (np.nan, "NaN or infinite"),
        (np.inf, "NaN or infinite"),
        (-50.5, "does not look log-normalised .values up to 50.5.*max_value=10"),
        (51.5, "does not look log-normalised"),
    ],
)
def test_bad_values_are_refused(form, value, message):
    logged = np.log1p(counts() / 3)
    logged[4, 7] = value
    with pytest.raises(ClearError, match=message):
        read(AnnData(form(logged)))


@pytest.mark.parametrize("kind", [np.int64, np.float32])
def test_raw_counts_are_refused_with_the_way_out(kind):
    with pytest.raises(ClearError, match="counts=True .on the command line: --counts."):
        read(AnnData(counts().astype(kind)))


@pytest.mark.parametrize("form", FORMS.values())
@pytest.mark.parametrize(
    ("value", "message"),
    [(-1, "negative values, the least -1"), (np.nan, "NaN"), (np.inf, "infinite")],
)
def test_bad_counts_are_refused(form, value, message):
    values = counts().astype(float)
    values[0, 0] = value
    with pytest.raises(ClearError, match=f"Layer 'counts' .*{message}"):
        read(AnnData(np.zeros((30, 20)), layers={"counts": form(values)}), "counts")
    with pytest.raises(ClearError, match=f"adata.X .*{message}"):
        read(AnnData(form(values)), counts=True)


@pytest.mark.parametrize("form", FORMS)
def test_scaled_expression_is_taken_as_it_is(form):
    adata = AnnData(np.log1p(counts(3000, 5) / 3))
    scanpy.pp.scale(adata, max_value=10)
    assert adata.X.min() < -1
    taken = read(AnnData(FORMS[form](adata.X)))
    assert np.array_equal(taken, adata.X.astype(np.float32))
    with pytest.raises(ClearError, match="negative values, the least -.*leave out counts=True"):
        read(adata, counts=True)


def test_negative_whole_numbers_are_refused():
    with pytest.raises(ClearError, match="whole numbers"):
        read(AnnData(counts() - 3))


def test_counts_false_lifts_the_limit_but_whole_numbers_stay_refused():
    values = counts() * 100 + 0.5
    with pytest.raises(ClearError, match="does not look log-normalised"):
        read(AnnData(values))
    assert np.array_equal(read(AnnData(values), counts=False), values)
    assert np.array_equal(read(AnnData(-values), counts=False), -values)
    with pytest.raises(ClearError, match="whole numbers"):
        read(AnnData(np.floor(values)), counts=False)


def test_values_that_are_no_numbers_are_refused():
    with pytest.raises(ClearError, match="values of type complex128; numbers are needed"):
        read(AnnData(np.eye(3, dtype=complex)))


def test_zeros_and_ones_pass():
    assert np.array_equal(read(AnnData(np.eye(4))), np.eye(4))


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
        Expression(adata, layer)


def test_marked_genes_are_found():
    adata = AnnData(np.eye(4))
    adata.var_names = list("abcd")
    assert marked_genes(adata, adata.var_names) is None
    for kind in (bool, "boolean"):  # the second one is pandas' own, which may have missing values
        adata.var["highly_variable"] = np.array([True, False, False, True])
        adata.var["highly_variable"] = adata.var["highly_variable"].astype(kind)
        assert list(marked_genes(adata, adata.var_names)) == ["a", "d"]
    adata.var["highly_variable"] = pd.array([True, None, False, True], dtype="boolean")
    with pytest.raises(ClearError, match="holds missing values.*fillna"):
        marked_genes(adata, adata.var_names)
    adata.var["highly_variable"] = False
    with pytest.raises(ClearError, match="marks no gene"):
        marked_genes(adata, adata.var_names)
    adata.var["highly_variable"] = ["yes", "no", "no", "yes"]
    with pytest.raises(ClearError, match="True or False"):
        marked_genes(adata, adata.var_names)


def test_gene_names_must_be_unique():
    with pytest.raises(ClearError, match="'a' occurs more than once"):
        check_unique(pd.Index(list("abca")))


@pytest.mark.parametrize("form", [np.asarray, sparse.csr_matrix])
def test_dense_columns_fill_absent_ones_with_zeros(form):
    matrix = form(np.arange(6.0).reshape(2, 3))
    out = dense_columns(matrix, np.array([2, -1, 0]))
    assert out.dtype == np.float32
    assert out.tolist() == [[2, 0, 0], [5, 0, 3]]
