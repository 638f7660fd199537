"""What a method must not see, labels, names and the order of the cells, is in the truth alone."""

import anndata as ad
import h5py
import numpy as np
import pandas as pd
import pytest

from clear.benchmark.data.fetch.fetch import fetch
from clear.benchmark.data.prepare.prepare import prepare
from clear.benchmark.data.read import read
from clear.benchmark.data.simulate import simulate
from tests.data.prepare.preparing import SETTINGS, dataset


def test_the_input_names_neither_the_dataset_nor_a_batch(run):
    source = dataset(batch=["p", "q", "p", "q", "p"])
    source.obs["batch"] = source.obs["batch"].astype("category")
    data, truth, _ = run(source, tasks=("clustering", "batch"))
    assert truth["batch"].tolist() == ["p", "q", "p"]
    assert list(data.obs) == [] and list(data.var) == ["highly_variable"]
    assert set(data.uns) == {"unit", "scale"}


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
    prepare(card, tmp_path / "dataset.h5ad", *outs, paper, "standard", "none")
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
