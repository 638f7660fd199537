"""Loom files of both specifications, written with h5py."""

import h5py
import numpy as np
import pytest

from clear.benchmark.data.readers import blocks
from clear.benchmark.data.readers.loom import read_loom
from clear.errors import ClearError

COUNTS = np.array([[5, 0, 2], [0, 1, 0], [3, 0, 0], [0, 0, 7]], dtype=np.int32)  # cells x genes
CELLS = ["c1", "c2", "c3", "c4"]
TYPES = ["γδ T", "B & T", "γδ T", "NK"]


def read(path, **options):
    return read_loom({"matrix": [path]}, **options)


@pytest.fixture(params=[2, 3])
def loom(request, tmp_path):
    path = tmp_path / "some.loom"

    def text(values):
        if request.param == 3:
            return np.array(values, dtype=h5py.string_dtype())
        return np.array([value.encode("ascii", "xmlcharrefreplace") for value in values])

    with h5py.File(path, "w") as file:
        file.create_dataset("matrix", data=COUNTS.T, chunks=(2, 3), compression="gzip")
        file.create_dataset("layers/unspliced", data=COUNTS.T * 2)
        file["col_attrs/CellID"] = text(CELLS)
        file["col_attrs/Class"] = text(TYPES)
        file["col_attrs/Age"] = np.array([1.5, np.nan, 3, 4])
        file["col_attrs/TSNE"] = np.zeros((4, 2))
        file["row_attrs/Gene"] = text(["A", "B", "A"])
        file["row_attrs/Accession"] = text(["E1", "E2", "E3"])
        file.create_group("col_graphs")
        file.create_group("row_graphs")
        if request.param == 3:
            file["attrs/LOOM_SPEC_VERSION"] = "3.0.0"
        else:
            file.attrs["LOOM_SPEC_VERSION"] = "2.0.1"
    return path


@pytest.mark.parametrize("block", [1, 2**27])
def test_cells_are_rows(loom, monkeypatch, block):
    monkeypatch.setattr(blocks, "BLOCK_BYTES", block)
    adata = read(loom)
    assert adata.X.format == "csr" and (adata.X.toarray() == COUNTS).all()
    assert list(adata.obs_names) == CELLS and list(adata.var_names) == ["A", "B", "A"]
    assert adata.obs["Class"].tolist() == TYPES
    np.testing.assert_array_equal(adata.obs["Age"], [1.5, np.nan, 3, 4])
    assert "TSNE" not in adata.obs
    assert adata.var["Accession"].tolist() == ["E1", "E2", "E3"]


def test_layer_and_names_of_choice(loom):
    adata = read(loom, layer="unspliced", genes="Accession", cells="Class")
    assert (adata.X.toarray() == COUNTS * 2).all()
    assert list(adata.var_names) == ["E1", "E2", "E3"] and list(adata.obs_names) == TYPES


def test_names_as_anndata_writes_them(loom):
    with h5py.File(loom, "a") as file:
        file.move("col_attrs/CellID", "col_attrs/obs_names")
        file.move("row_attrs/Gene", "row_attrs/var_names")
    adata = read(loom)
    assert list(adata.obs_names) == CELLS and list(adata.var_names) == ["A", "B", "A"]


def test_what_is_not_there(loom):
    with pytest.raises(ClearError, match="no layer 'spliced'; its layers: unspliced"):
        read(loom, layer="spliced")
    with pytest.raises(ClearError, match="the genes have no attribute Name; they have: Accession"):
        read(loom, genes="Name")
    with h5py.File(loom, "a") as file:
        del file["col_attrs/CellID"]
    with pytest.raises(
        ClearError, match=r"some\.loom: the cells have no attribute CellID or obs_names; .*cells:"
    ):
        read(loom)


def test_files_that_are_no_loom(loom, tmp_path):
    text = tmp_path / "text.loom"
    text.write_text("gene,cell\n")
    with pytest.raises(ClearError, match=r"text\.loom is not an HDF5 file"):
        read(text)
    with h5py.File(loom, "a") as file:
        del file["row_attrs"]
    with pytest.raises(ClearError, match="is no loom file: there is no `row_attrs`"):
        read(loom)


def test_attribute_of_other_length(loom):
    with h5py.File(loom, "a") as file:
        del file["matrix"]
        file["matrix"] = COUNTS.T[:, :3]
    with pytest.raises(ClearError, match=r"some\.loom cannot be read; it is damaged"):
        read(loom)


def test_incomplete_file(loom):
    content = loom.read_bytes()
    loom.write_bytes(content[: len(content) * 9 // 10])
    with pytest.raises(ClearError, match=r"some\.loom cannot be opened as HDF5"):
        read(loom)
