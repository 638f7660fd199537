"""AnnData files as each version wrote them, made by hand in its layout, and one real old file."""

import tracemalloc
import warnings
from importlib.util import find_spec
from pathlib import Path

import anndata as ad
import h5py
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from clear.benchmark.data.readers import hdf5
from clear.benchmark.data.readers.h5ad import read_h5ad
from clear.errors import ClearError

COUNTS = np.array([[5, 0, 2], [0, 1, 0], [3, 0, 0], [0, 0, 7]], dtype=np.float32)
LABELS = ["T cell", None, "B cell", "T cell"]
TEXT = h5py.string_dtype()


def read(path, **options):
    return read_h5ad({"matrix": [path]}, **options)


def write_sparse(group, matrix, encode):
    for part in ("data", "indices", "indptr"):
        group[part] = getattr(matrix, part)
    encode(group.attrs, matrix)


def h5sparse(attrs, matrix):
    attrs["h5sparse_format"], attrs["h5sparse_shape"] = matrix.format, matrix.shape


def encoded(attrs, matrix):
    attrs["encoding-type"], attrs["encoding-version"] = f"{matrix.format}_matrix", "0.1.0"
    attrs["shape"] = matrix.shape


@pytest.fixture(params=["S", "vlen"])
def version_06(request, tmp_path):
    """AnnData 0.6: records of fixed text, later of any length; categories in `uns`; `raw.X`."""

    def text(length):
        return f"S{length}" if request.param == "S" else TEXT

    path = tmp_path / "old.h5ad"
    with h5py.File(path, "w") as file:
        file["X"] = np.log1p(COUNTS[:, :2])
        fields = [("index", text(2)), ("cell_ontology_class", "i1"), ("mouse.id", text(4))]
        fields += [("sex", "i1"), ("n_genes", "<i8"), ("doublet", "?")]
        cells = [
            (b"c1", 1, b"3_8", 0, 2, False),
            (b"c2", -1, b"3_9", 0, 1, True),
            (b"c3", 0, b"3_8", 0, 1, False),
            (b"c4", 1, b"3_10", 0, 1, False),
        ]
        file["obs"] = np.array(cells, dtype=fields)
        file["var"] = np.array([(b"g1", 0.5), (b"g2", 2)], dtype=[("index", text(2)), ("m", "<f4")])
        file["raw.var"] = np.array([(b"g1",), (b"g2",), (b"g3",)], dtype=[("index", text(2))])
        write_sparse(file.create_group("raw.X"), sparse.csr_matrix(COUNTS), h5sparse)
        file["uns/cell_ontology_class_categories"] = np.array([b"B cell", b"T cell"])
        file["uns/sex_categories"] = np.array([b"male"])
        file["obsm"] = np.zeros(4, dtype=[("X_pca", "<f4", (2,))])
    return path


def test_version_06(version_06):
    adata = read(version_06)
    np.testing.assert_array_equal(adata.X.toarray(), np.log1p(COUNTS[:, :2]))
    assert list(adata.obs_names) == ["c1", "c2", "c3", "c4"]
    assert list(adata.var_names) == ["g1", "g2"] and list(adata.var["m"]) == [0.5, 2]
    assert adata.obs["cell_ontology_class"].astype(object).replace(np.nan, None).tolist() == LABELS
    assert adata.obs["mouse.id"].tolist() == ["3_8", "3_9", "3_8", "3_10"]
    assert adata.obs["sex"].tolist() == ["male"] * 4
    assert adata.obs["n_genes"].tolist() == [2, 1, 1, 1]
    assert adata.obs["doublet"].tolist() == [False, True, False, False]


def test_raw_of_version_06(version_06):
    adata = read(version_06, use_raw=True)
    assert adata.X.format == "csr" and (adata.X.toarray() == COUNTS).all()
    assert list(adata.var_names) == ["g1", "g2", "g3"] and "sex" in adata.obs


def test_numbers_that_are_no_categories(version_06):
    with h5py.File(version_06, "a") as file:  # of a column that was deleted and made anew
        file["uns/n_genes_categories"] = np.array([b"few"])
    assert read(version_06).obs["n_genes"].tolist() == [2, 1, 1, 1]


def test_sparse_columns_of_version_06(version_06):
    with h5py.File(version_06, "a") as file:
        del file["X"]
        write_sparse(file.create_group("X"), sparse.csc_matrix(COUNTS[:, :2]), h5sparse)
    assert (read(version_06).X.toarray() == COUNTS[:, :2]).all()


@pytest.fixture
def version_07(tmp_path):
    """AnnData 0.7: a group for each table, categories in `__categories`, a group `raw`."""
    path = tmp_path / "middle.h5ad"
    with h5py.File(path, "w") as file:
        write_sparse(file.create_group("X"), sparse.csc_matrix(COUNTS), encoded)
        write_sparse(file.create_group("raw/X"), sparse.csr_matrix(COUNTS * 2), encoded)
        for part, names in (("obs", "c1 c2 c3 c4"), ("var", "g1 g2 g3"), ("raw/var", "g1 g2 g3")):
            table = file.create_group(part)
            table["index"] = np.array(names.split(), dtype=TEXT)
            table.attrs.update({"_index": "index", "encoding-version": "0.1.0"})
            table.attrs["encoding-type"] = "dataframe"
            table.attrs["column-order"] = np.array([], dtype=float)
        obs = file["obs"]
        obs["label"] = np.array([1, -1, 0, 1], dtype="i1")
        obs["__categories/label"] = np.array(["B cell", "T cell"], dtype=TEXT)
        obs["__categories/label"].attrs["ordered"] = False
        obs["label"].attrs["categories"] = obs["__categories/label"].ref
        obs.attrs["column-order"] = np.array(["label"], dtype=TEXT)
        layer = file.create_dataset("layers/reads", data=COUNTS * 3, chunks=(1, 3))
        layer.attrs.update({"encoding-type": "array", "encoding-version": "0.2.0"})
    return path


def test_version_07(version_07):
    adata = read(version_07)
    assert adata.X.format == "csr" and (adata.X.toarray() == COUNTS).all()
    assert adata.obs["label"].astype(object).replace(np.nan, None).tolist() == LABELS
    assert (read(version_07, use_raw=True).X.toarray() == COUNTS * 2).all()
    assert (read(version_07, layer="reads").X.toarray() == COUNTS * 3).all()


def test_current_version_with_nullable_columns(tmp_path):
    obs = pd.DataFrame(
        {
            "label": pd.Categorical(LABELS),
            "text": pd.array(["a", None, "b", "b"], dtype="string"),
            "number": pd.array([1, None, 3, 4], dtype="Int64"),
        },
        index=["c1", "c2", "c3", "c4"],
    )
    with ad.settings.override(allow_write_nullable_strings=True):
        ad.AnnData(sparse.csr_matrix(COUNTS), obs).write_h5ad(tmp_path / "new.h5ad")
    adata = read(tmp_path / "new.h5ad")
    for column in obs:
        assert adata.obs[column].astype(object).where(adata.obs[column].notna(), None).tolist() == (
            obs[column].astype(object).where(obs[column].notna(), None).tolist()
        )


def test_real_file_of_version_06_is_as_anndata_reads_it():
    scanpy = Path(find_spec("scanpy").submodule_search_locations[0])
    path = scanpy / "datasets" / "10x_pbmc68k_reduced.h5ad"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ad.OldFormatWarning)
        known = ad.read_h5ad(path)
    adata, raw = read(path), read(path, use_raw=True)
    assert adata.shape == (700, 765)
    np.testing.assert_array_equal(adata.X.toarray(), known.X)
    np.testing.assert_array_equal(raw.X.toarray(), known.raw.X.toarray())
    pd.testing.assert_frame_equal(adata.obs, known.obs)
    pd.testing.assert_frame_equal(adata.var, known.var)
    assert raw.var_names.equals(known.raw.var_names)


def test_parts_that_are_not_asked_for_may_be_unreadable(version_07):
    with h5py.File(version_07, "a") as file:
        file["uns/graph"] = 1
        file["uns/graph"].attrs.update({"encoding-type": "unheard of", "encoding-version": "9"})
    assert read(version_07).shape == (4, 3)


def test_large_dense_matrix_is_never_dense_in_memory(tmp_path, monkeypatch):
    shape = (20_000, 1_500)  # 120 MB
    ad.AnnData(sparse.csr_matrix(shape, dtype=np.float32)).write_h5ad(tmp_path / "dense.h5ad")
    with h5py.File(tmp_path / "dense.h5ad", "a") as file:
        del file["X"]
        matrix = file.create_dataset("X", shape, "f4", chunks=(1_000, 1_500), compression="lzf")
        matrix.attrs.update({"encoding-type": "array", "encoding-version": "0.2.0"})
        matrix[12_345] = np.arange(1_500)
    monkeypatch.setattr(hdf5, "BLOCK_BYTES", 2**24)
    tracemalloc.start()
    adata = read(tmp_path / "dense.h5ad")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 60e6
    assert adata.shape == shape and adata.X.nnz == 1_499
    assert (adata.X[12_345].toarray() == np.arange(1_500)).all()


@pytest.mark.parametrize("rows", [1, 3, 4, 100])
def test_blocks_of_any_size(tmp_path, monkeypatch, rows):
    monkeypatch.setattr(hdf5, "BLOCK_BYTES", rows * 3 * 2)
    with h5py.File(tmp_path / "some.h5", "w") as file:
        matrix = hdf5.dense_as_csr(file.create_dataset("X", data=COUNTS.astype(np.float16)))
        assert matrix.dtype == np.float32 and (matrix.toarray() == COUNTS).all()
        assert hdf5.dense_as_csr(file.create_dataset("empty", (0, 3), "f4")).shape == (0, 3)


def test_damaged_matrices(version_07):
    with h5py.File(version_07, "a") as file:
        file["X/indices"][0] = 99
    with pytest.raises(ClearError, match=r"middle\.h5ad cannot be read.*indices must be < 4"):
        read(version_07)
    assert read(version_07, use_raw=True).shape == (4, 3)
    with h5py.File(version_07, "a") as file:
        del file["X"]
        file["X"] = COUNTS[:3]
    with pytest.raises(ClearError, match=r"middle\.h5ad cannot be read"):
        read(version_07)


def test_requests_that_cannot_be_met(version_06, tmp_path):
    with pytest.raises(ClearError, match="`use_raw` and `layer` name two matrices"):
        read(version_06, use_raw=True, layer="x")
    with pytest.raises(ClearError, match="no layer 'x'; its layers: none"):
        read(version_06, layer="x")
    with h5py.File(version_06, "r+") as file:
        del file["X"]
        file.create_group("layers")["spliced"] = COUNTS
    with pytest.raises(ClearError, match="no matrix X: name another .* its layers: spliced"):
        read(version_06)
    with h5py.File(tmp_path / "other.h5ad", "w") as file:
        file["X"] = COUNTS
    with pytest.raises(ClearError, match="holds no AnnData object: there is no `obs`"):
        read(tmp_path / "other.h5ad")


@pytest.mark.parametrize("where", ["X", "obs/kind", "raw"])
def test_small_file_that_would_fill_the_memory(version_07, where):
    huge = {"shape": (10**5, 10**6), "dtype": "f4", "chunks": (100, 10**6), "compression": "gzip"}
    with h5py.File(version_07, "r+") as file:
        if where in file:
            del file[where]
        file.create_dataset(where, **huge)
    if where == "raw":  # not asked for
        assert read(version_07).n_obs == len(COUNTS)
        return
    with pytest.raises(ClearError, match=f"/{where} unpacks to more than 200 times its size"):
        read(version_07)
