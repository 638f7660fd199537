"""Preparing: filters, normalisation, gene selection, and nothing of the labels left behind."""

import json

import anndata as ad
import h5py
import numpy as np
import pandas as pd
import pytest
import scanpy as sc
from scipy import sparse

from clear.benchmark.data.fetch import fetch
from clear.benchmark.data.prepare import prepare
from clear.benchmark.data.read import read
from clear.benchmark.data.simulate import simulate
from clear.errors import ClearError

SETTINGS = {
    "min_genes": 2,
    "min_cells": 2,
    "target_sum": 1e4,
    "n_top_genes": 2000,
    "hvg_flavor": "seurat",
}
COUNTS = np.array(
    [
        [4, 0, 2, 0, 0],
        [1, 3, 0, 0, 0],
        [0, 0, 0, 0, 0],  # no expression
        [0, 0, 9, 0, 0],  # one gene only
        [2, 2, 2, 5, 0],  # the fourth gene is found nowhere else
    ]
)


def dataset(values=COUNTS, unit="counts", **obs) -> ad.AnnData:
    obs = {"cell_type": [f"kind{i % 2}" for i in range(len(values))], **obs}
    table = pd.DataFrame(obs, index=[f"original{i}" for i in range(len(values))])
    table["cell_type"] = table["cell_type"].astype("category")
    genes = pd.DataFrame(index=[f"g{j}" for j in range(values.shape[1])])
    adata = ad.AnnData(sparse.csr_matrix(values, dtype=np.float32), table, genes)
    adata.uns = {"unit": unit, "dataset": "toy"}
    return adata


@pytest.fixture
def run(tmp_path):
    """Prepare a dataset; return the input, the truth (both in original order), the record."""

    def run(adata, tasks=("clustering",), **settings):
        adata.write_h5ad(tmp_path / "dataset.h5ad")
        card = {"id": "toy", "tasks": list(tasks)}
        outs = [tmp_path / "out" / name for name in ("input.h5ad", "truth.tsv", "prepare.json")]
        prepare(card, tmp_path / "dataset.h5ad", *outs, SETTINGS | settings)
        truth = pd.read_csv(outs[1], sep="\t", dtype=str, keep_default_na=False)
        truth = truth.sort_values("name", key=lambda s: s.map(adata.obs_names.get_loc))
        data = ad.read_h5ad(outs[0])[truth["cell"].to_numpy()]
        return data, truth.reset_index(drop=True), json.loads(outs[2].read_text())

    run.folder = tmp_path
    return run


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
    assert record["cells"] == {
        "before": 5,
        "all_zero": 1,
        "below_min_genes": 1,
        "empty_after_gene_filter": 0,
        "after": 3,
    }
    assert record["genes"] == {"before": 5, "below_min_cells": 2, "after": 3}
    assert record["types"] == {"kind0": 2, "kind1": 1} and record["lost_types"] == []
    assert data.var["highly_variable"].all() and record["highly_variable"] == 3
    assert dict(data.uns) == {"unit": "counts", "dataset": "toy", "variant": "original"}


def test_median_as_target_sum(run):
    data, _, _ = run(dataset(), target_sum=None)
    kept = COUNTS[[0, 1, 4]][:, [0, 1, 2]].astype(float)
    sums = kept.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(data.X.toarray(), np.log1p(kept / sums * np.median(sums)), rtol=1e-5)


@pytest.mark.parametrize(
    ("unit", "log", "back"),
    [("log1p", np.log1p, np.expm1), ("log2p1", lambda x: np.log2(1 + x), lambda x: 2**x - 1)],
)
def test_logged_units_are_not_logged_again(run, unit, log, back):
    linear = np.random.default_rng(0).gamma(0.5, 20, (30, 12)) + 0.1
    published = log(linear)
    data, _, record = run(dataset(published, unit))
    np.testing.assert_allclose(data.layers["counts"].toarray(), back(published), rtol=1e-4)
    np.testing.assert_allclose(data.X.toarray(), np.log(1 + linear), rtol=1e-5)
    assert record["normalisation"].startswith("none")


def test_cell_whose_genes_are_all_filtered(run):
    counts = np.ones((6, 4), dtype=int)
    counts[:5, 2:] = 0
    counts[5, :2] = 0  # the last cell alone has the last two genes
    data, truth, record = run(dataset(counts))
    assert data.shape == (5, 2) and "original5" not in set(truth["name"])
    assert record["cells"]["empty_after_gene_filter"] == 1


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


def test_unknown_flavour(run):
    with pytest.raises(ClearError, match="prepare.hvg_flavor 'seurat_v9'"):
        run(dataset(), hvg_flavor="seurat_v9")


def test_highly_variable_genes_are_those_of_scanpy(run):
    source = simulate(300, 400, 3, seed=1)
    source.uns["unit"] = "counts"
    data, truth, record = run(source, n_top_genes=50)
    by_hand = ad.AnnData(source[truth["name"].to_numpy(), data.var_names].X.copy())
    sc.pp.normalize_total(by_hand, target_sum=1e4)
    sc.pp.log1p(by_hand)
    sc.pp.highly_variable_genes(by_hand, n_top_genes=50)
    assert record["highly_variable"] == 50
    agree = data.var["highly_variable"].to_numpy() == by_hand.var["highly_variable"].to_numpy()
    assert agree.mean() > 0.99  # the order of the cells changes the last digit of the means


def test_batch_is_shown_for_the_batch_task_only(run):
    source = dataset(batch=["p", "q", "p", "q", "p"])
    source.obs["batch"] = source.obs["batch"].astype("category")
    hidden, truth, _ = run(source)
    shown, _, _ = run(source, tasks=("clustering", "batch"))
    assert list(hidden.obs) == [] and list(shown.obs) == ["batch"]
    assert shown.obs["batch"].tolist() == truth["batch"].tolist() == ["p", "q", "p"]


def test_stages_are_numbers_and_may_be_missing(run):
    source = dataset()
    names = ["late", None, "late", "late", "early"]
    source.obs["stage"] = pd.Categorical(names, categories=["early", "late"], ordered=True)
    data, truth, _ = run(source)
    assert truth["stage"].tolist() == ["1", "", "0"]
    assert list(data.obs) == []


def test_cells_are_shuffled_the_same_way_each_time(run):
    source = simulate(200, 50, 2)
    source.obs = source.obs.sort_values("cell_type")
    first, truth, _ = run(source)
    again, _, _ = run(source)
    assert (first.X != again.X).nnz == 0 and first.obs_names.equals(again.obs_names)
    in_order = truth.sort_values("cell")["cell_type"]
    assert 50 < (in_order.to_numpy()[:100] == in_order.to_numpy()[100:]).sum() + 25 < 100


def strings(path) -> list[str]:
    """Every string in an HDF5 file: names, attributes and datasets, but not the gene names."""
    found = []

    def add(value):
        array = np.asarray(value)
        if array.dtype.kind in "OSU":
            found.extend(v.decode() if isinstance(v, bytes) else str(v) for v in array.ravel())

    def visit(name, node):
        found.append(name)
        for key, value in node.attrs.items():
            found.append(key)
            add(value)
        if isinstance(node, h5py.Dataset) and name != "var/_index":
            add(node[()])

    with h5py.File(path) as file:
        file.visititems(visit)
    return found


@pytest.mark.parametrize("name", ["yan", "deng", "pollen"])
def test_real_data_hides_labels_and_names(shared_data, tmp_path, name):
    card = {"id": name, "unit": "rpkm" if name == "yan" else "counts", "reader": "sce"}
    card |= {"label": "x", "files": [{"name": "none.rds", "urls": []}], "tasks": ["clustering"]}
    fetch(card, tmp_path / "source", tmp_path, shared_data)
    read(card, tmp_path / "source", tmp_path / "dataset.h5ad", tmp_path / "read.json")
    outs = [tmp_path / file for file in ("input.h5ad", "truth.tsv", "prepare.json")]
    paper = SETTINGS | {"min_genes": 200, "min_cells": 3}
    prepare(card, tmp_path / "dataset.h5ad", *outs, paper)
    truth = pd.read_csv(outs[1], sep="\t")
    source = ad.read_h5ad(shared_data / f"{name}.h5ad")
    assert len(truth) == source.n_obs and set(truth["name"]) == set(source.obs_names)
    assert (source.obs.loc[truth["name"], "cell_type"].to_numpy() == truth["cell_type"]).all()
    secrets = set(truth["name"]) | set(truth["cell_type"])
    texts = strings(outs[0])
    assert "cell_000000" in texts
    assert [t for t in texts if t != name and any(s.lower() in t.lower() for s in secrets)] == []
    raw = outs[0].read_bytes()
    # Shorter names occur in compressed numbers by chance.
    assert [s for s in truth["name"] if len(s) > 5 and s.encode() in raw] == []
    data = ad.read_h5ad(outs[0])
    assert data.var["highly_variable"].sum() == 2000
    np.testing.assert_allclose(np.expm1(data.X).sum(axis=1), 1e4, rtol=1e-4)
