"""Reading: every dataset in one shape, and every bad input refused with a reason."""

import json
import shutil

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from clear.benchmark.data.fetch.fetch import fetch
from clear.benchmark.data.read import read
from clear.errors import ClearError

CARD = {"id": "toy", "reader": "h5ad", "unit": "counts", "label": "kind", "batch": None}


def toy(**obs) -> ad.AnnData:
    counts = np.array([[0, 3, 0], [1, 0, 2], [0, 0, 0], [4, 5, 6]], dtype=np.float64)
    obs = {"kind": ["x", "y", "y", "x"], **obs}
    table = pd.DataFrame(obs, index=["c1", "c2", "c3", "c4"])
    return ad.AnnData(sparse.csr_matrix(counts), table, pd.DataFrame(index=["g1", "g2", "g3"]))


@pytest.fixture
def run(tmp_path):
    """Write, fetch and read a dataset; return it and its record."""

    def run(adata, mirror=False, **changes):
        file = tmp_path / "files" / "toy.h5ad"
        file.parent.mkdir(exist_ok=True)
        if adata is not None:
            adata.write_h5ad(file)
        source = {"files": [{"name": "toy.rds", "urls": []}]} if mirror else {"path": str(file)}
        card = CARD | source | changes
        if card.get("simulate"):
            del card["path"]
        shutil.rmtree(tmp_path / "source", ignore_errors=True)  # a step begins in an empty folder
        fetch(card, tmp_path / "source", tmp_path / "downloads", file.parent if mirror else None)
        out = tmp_path / "out" / "dataset.h5ad"
        read(card, tmp_path / "source", out, tmp_path / "out" / "read.json")
        return ad.read_h5ad(out), json.loads((tmp_path / "out" / "read.json").read_text())

    run.folder = tmp_path
    return run


@pytest.fixture
def refused(run):
    """Read a dataset that must be refused; return the message."""

    def refused(adata, **changes):
        with pytest.raises(ClearError) as caught:
            run(adata, **changes)
        assert list(run.folder.glob("out/*")) == []
        return str(caught.value)

    return refused


def with_value(value, cell=1, gene=2):
    adata = toy()
    values = adata.X.toarray()
    values[cell, gene] = value
    adata.X = sparse.csr_matrix(values)
    return adata


def test_canonical_shape(run):
    stages = ["early", "late", "never"]
    source = toy(
        plate=["p2", "p1", "p1", "p2"], time=["late", None, "early", "late"], extra=[1, 2, 3, 4]
    )
    adata, record = run(source, batch="plate", stage="time", stages=stages)
    assert adata.X.format == "csr" and adata.X.dtype == np.float32
    assert (adata.X != source.X).nnz == 0
    assert list(adata.obs) == ["cell_type", "batch", "stage"]
    assert adata.obs["cell_type"].tolist() == ["x", "y", "y", "x"]
    assert adata.obs["cell_type"].dtype == "category"
    assert adata.obs["batch"].tolist() == ["p2", "p1", "p1", "p2"]
    assert adata.obs["stage"].cat.ordered and list(adata.obs["stage"].cat.categories) == stages
    assert adata.obs["stage"].cat.codes.tolist() == [1, -1, 0, 1]
    assert adata.uns["unit"] == "counts" and adata.uns["dataset"] == "toy"
    assert record["cells"] == {"in_file": 4, "dropped_by_label": 0, "kept": 4, "all_zero": 1}
    assert record["genes"] == {"in_file": 3, "renamed_duplicates": 0, "kept": 3}
    assert record["types"] == {"x": 2, "y": 2} and record["batches"] == {"p1": 2, "p2": 2}
    assert record["stages"] == {"early": 1, "late": 2, "never": 0}
    assert record["remarks"] == ["no cell is of the stage never"]
    assert len(record["files"]["toy.h5ad"]) == 64 and record["versions"]["anndata"]


@pytest.mark.parametrize(
    "kind", [sparse.csc_matrix, lambda m: m.toarray(), lambda m: m.astype(int)]
)
def test_any_kind_of_matrix(run, kind):
    source = toy()
    expected = source.X.toarray()
    source.X = kind(source.X)
    adata, _ = run(source)
    assert adata.X.format == "csr" and adata.X.dtype == np.float32
    assert (adata.X.toarray() == expected).all()


def test_raw_and_layers_that_are_not_there(refused):
    assert "no `raw`" in refused(toy(), reader_options={"use_raw": True})
    assert "no layer 'reads'" in refused(toy(), reader_options={"layer": "reads"})
    empty = ad.AnnData(obs=toy().obs, var=toy().var)
    assert "no matrix X" in refused(empty)


def test_label_column_absent(refused):
    message = refused(toy(plate=1), label="cell_type1")
    assert "no column 'cell_type1' (`label` in the card)" in message and "kind, plate" in message
    assert "no column 'lot' (`batch` in the card)" in refused(toy(), batch="lot")


def test_missing_labels(refused):
    message = refused(toy(kind=["x", None, "  ", "y"]))
    assert "2 of 4 cells have no label" in message and "label_rule: {drop" in message
    assert "1 cells have no batch" in refused(toy(plate=["a", None, "b", "b"]), batch="plate")


def test_numeric_labels_are_names(run):
    adata, _ = run(toy(kind=[1, 2, 2, 10]))
    assert adata.obs["cell_type"].tolist() == ["1", "2", "2", "10"]


def test_expected_numbers(run, refused):
    message = refused(toy(), expected={"cells": 5, "genes": 9, "types": 3})
    for part in (
        "expected 5 cells, found 4",
        "expected 9 genes, found 3",
        "expected 3 types, found 2",
    ):
        assert part in message
    assert "'toy'" in message and "x, y" in message
    run(toy(), expected={"cells": 4, "genes": 3, "types": 2})


@pytest.mark.parametrize(
    ("value", "what"),
    [(np.nan, "NaN"), (np.inf, "infinite"), (1e300, "infinite"), (-2, "negative")],
)
def test_impossible_values(refused, value, what):
    message = refused(with_value(value))
    assert f"1 values are {what}, the first one in cell 'c2', gene 'g3'" in message


def test_duplicate_cell_names(refused):
    source = toy()
    source.obs_names = ["c1", "c2", "c2", "c2"]
    assert "1 cell names occur more than once, the first is 'c2'" in refused(source)


def test_empty_matrices(refused):
    assert "matrix is empty (4 cells x 0 genes" in refused(toy()[:, :0].copy())
    derive = {"kind": {"from": "name", "pattern": "(.)"}}
    assert "matrix is empty (0 cells x 3 genes" in refused(toy()[:0].copy(), derive=derive)
    nothing = toy()
    nothing.X = sparse.csr_matrix(nothing.shape)
    assert "0 values other than zero" in refused(nothing)


def test_unknown_stages(refused):
    source = toy(time=["late", "later", "early", "late"])
    message = refused(source, stage="time", stages=["early", "late"])
    assert "stages later are not in the card" in message and "early, late" in message


def test_where_the_first_stages_have_no_cells_the_root_is_named(run):
    source = toy(time=["late", "late", None, "later"])
    _, record = run(source, stage="time", stages=["first", "early", "late", "later"])
    words = "no cell is of the stages first, early; pseudotime starts at late"
    assert record["remarks"] == [words]


def test_stage_column_absent(refused):
    message = refused(toy(), stage="tiem", stages=["early"])
    assert "no column 'tiem' (`stage` in the card)" in message


def test_units(run, refused):
    assert "unit: counts, but 1 of 6 values are not whole numbers" in refused(with_value(2.5))
    fractions = with_value(2.5)
    fractions.X = fractions.X * 30.1
    assert "log1p, but the matrix holds values up to 180.6, too large" in refused(
        fractions, unit="log1p"
    )
    for unit in ("log1p", "log2p1"):
        message = refused(with_value(7), unit=unit)
        assert f"unit: {unit}, but the matrix holds whole numbers up to 7, as counts are" in message
    assert run(with_value(2.5), unit="log2p1")[1]["remarks"] == []
    assert "logarithms" in run(with_value(2.5), unit="tpm")[1]["remarks"][0]
    assert run(with_value(99.5), unit="tpm")[1]["remarks"] == []


@pytest.mark.parametrize("share", [0.3, 0.95])
def test_truncated_file(run, refused, share):
    toy().write_h5ad(run.folder / "whole.h5ad")
    content = (run.folder / "whole.h5ad").read_bytes()
    (run.folder / "files").mkdir()
    (run.folder / "files" / "toy.h5ad").write_bytes(content[: int(len(content) * share)])
    message = refused(None)
    assert "toy.h5ad" in message and "damaged" in message


def test_file_that_is_not_hdf5(run, refused):
    (run.folder / "files").mkdir()
    (run.folder / "files" / "toy.h5ad").write_text("gene,cell\n")
    assert "toy.h5ad is not an HDF5 file" in refused(None)


def test_ready_made_file_has_its_own_columns(run):
    source = toy(cell_type=["a", "a", "b", "b"], batch=["1", "2", "1", "2"])
    card = {"label": "cell_type1", "batch": "plate", "stage": "cell_type1", "stages": ["a", "b"]}
    adata, record = run(source, mirror=True, reader="sce", **card)
    assert adata.obs["cell_type"].tolist() == ["a", "a", "b", "b"]
    assert adata.obs["batch"].tolist() == ["1", "2", "1", "2"]
    assert adata.obs["stage"].cat.codes.tolist() == [0, 0, 1, 1]
    assert record["canonical"] is True


def test_ready_made_file_may_differ_in_unit_and_numbers(run):
    source = toy(cell_type="a")
    own = {"canonical": {"unit": "counts", "expected": {"cells": 4}}}
    adata, _ = run(source, mirror=True, unit="log1p", expected={"cells": 7}, **own)
    assert adata.uns["unit"] == "counts"


def test_simulated_dataset(run):
    numbers = {"cells": 40, "genes": 30, "types": 2, "batches": 2, "stages": 2}
    columns = {"label": "cell_type", "batch": "batch", "stage": "stage"}
    stages = {"stages": ["stage_0", "stage_1"]}
    adata, record = run(None, simulate=numbers, **columns, **stages)
    assert adata.shape == (40, 30)
    assert record["types"] == {"type_0": 20, "type_1": 20} and record["files"] == {}


def test_sums_of_htseq_are_no_genes(run):
    source = toy()
    source.var_names = ["__no_feature", "g2", "ambiguous"]
    adata, record = run(source)
    assert list(adata.var_names) == ["g2"] and record["genes"]["in_file"] == 1
    assert adata.X.toarray().ravel().tolist() == [3, 0, 0, 5]
    assert any("__no_feature, ambiguous" in remark for remark in record["remarks"])
