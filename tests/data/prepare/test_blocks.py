"""Large datasets are prepared in blocks: the same files as in memory."""

import json
from itertools import pairwise

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from clear.benchmark.data.prepare import dropout, published
from clear.benchmark.data.prepare.blocks import shuffled
from clear.benchmark.data.prepare.published import Published
from tests.data.prepare.blocks import canonical


def assert_same(folder, whole, rtol=0.0) -> None:
    for name in ("truth.tsv", "prepare.json", "qc.tsv"):
        assert (folder / name).read_text() == (whole / name).read_text()
    found, wanted = ad.read_h5ad(folder / "input.h5ad"), ad.read_h5ad(whole / "input.h5ad")
    pd.testing.assert_frame_equal(found.var, wanted.var)
    pd.testing.assert_frame_equal(found.obs, wanted.obs)
    assert dict(found.uns) == dict(wanted.uns)
    pairs = [(found.X, wanted.X), (found.layers["counts"], wanted.layers["counts"])]
    for one, other in pairs:
        assert one.format == "csr" and one.dtype == np.float32 and one.has_sorted_indices
        assert np.array_equal(one.indptr, other.indptr)
        assert np.array_equal(one.indices, other.indices)
        np.testing.assert_allclose(one.data, other.data, rtol=rtol, atol=rtol)


@pytest.mark.parametrize(
    ("unit", "options", "rtol"),
    [
        ("counts", {}, 0),
        ("counts", {"target_sum": None}, 0),
        ("counts", {"perturbation": "dropout_60"}, 0),
        ("counts", {"hvg_flavor": "cell_ranger"}, 0),
        ("counts", {"hvg_flavor": "seurat_v3"}, 0),
        ("counts", {"recipe": "released", "perturbation": "dropout_30"}, 0),
        ("counts", {"scale": 2}, 1e-5),  # of means that are added up block by block
        ("log2p1", {"perturbation": "dropout_30"}, 0),
        ("log1p", {"recipe": "released"}, 0),
    ],
)
@pytest.mark.parametrize("values", [3001, 20_000])
def test_blocks_give_what_memory_gives(made, simulated, values, unit, options, rtol):
    logs = {"log1p": np.log1p, "log2p1": lambda x: np.log2(x + 1), "counts": np.asarray}
    source = canonical(logs[unit](simulated), unit)
    whole = made(source, name="whole", **options)
    kept = json.loads((whole / "prepare.json").read_text())["cells"]
    assert kept["after"] <= 210 and kept["before"] == 300
    assert_same(made(None, values, **options), whole, rtol)


@pytest.mark.parametrize("flavor", ["seurat", "cell_ranger", "seurat_v3"])
def test_blocks_of_real_cells(made, shared_data, flavor):
    source = ad.read_h5ad(shared_data / "human_dc.h5ad")
    source = canonical(sparse.csr_matrix(source.X), "counts")
    options = {"n_top_genes": 1000, "hvg_flavor": flavor}
    assert_same(made(source, 100_000, **options), made(source, name="whole", **options))


def test_blocks_are_uneven_and_some_have_no_cell_that_stays(tmp_path, monkeypatch, simulated):
    source = canonical(simulated)
    source.write_h5ad(tmp_path / "dataset.h5ad")
    monkeypatch.setattr(published, "WHOLE_VALUES", 0)
    monkeypatch.setattr(published, "BLOCK_VALUES", 1501)
    dataset = Published(tmp_path / "dataset.h5ad")
    starts = [first for first, _ in dataset.blocks()]
    blocks = [block for _, block in dataset.blocks()]
    assert all(block.nnz <= 1501 for block in blocks) and blocks[-1].nnz < blocks[0].nnz
    assert (sparse.vstack(blocks) != source.X).nnz == 0
    kept = np.flatnonzero(dataset.lengths >= 40)
    assert any(not ((kept >= a) & (kept < b)).any() for a, b in pairwise(starts))
    order, genes = np.random.default_rng(3).permutation(kept), np.arange(400) % 7 > 0
    cells = shuffled(dataset, order, genes, dense=False)
    found = list(cells)
    assert all(block.nnz <= 1501 for block in found) and len(found) > 5
    assert np.array_equal(sparse.vstack(found).toarray(), simulated[order][:, genes])
    assert (
        cells.shape == (len(order), genes.sum())
        and cells.values == (found := sparse.vstack(found)).nnz
    )
    dense = shuffled(dataset, order, genes, dense=True)
    assert all(block.shape[0] * block.shape[1] <= 1501 for block in dense)


def test_dropout_of_more_entries_than_are_drawn_from_at_once(made, simulated, monkeypatch):
    monkeypatch.setattr(dropout, "DRAW", 4000)
    source, left = canonical(simulated), {}
    plain = ad.read_h5ad(made(source, name="plain") / "input.h5ad")
    for percent in (30, 60):
        options = {"perturbation": f"dropout_{percent}", "name": f"whole{percent}"}
        whole = made(source, **options)
        assert_same(made(source, 1501, **options | {"name": "blocks"}), whole)
        step = json.loads((whole / "prepare.json").read_text())["filters"][-1]
        assert step["zeroed"] == (step["of"] * percent + 50) // 100 and step["of"] == plain.X.nnz
        found = ad.read_h5ad(whole / "input.h5ad")
        there = pd.DataFrame(found.X.toarray() > 0, found.obs_names, found.var_names)
        left[percent] = there.reindex(plain.obs_names, columns=plain.var_names, fill_value=False)
    assert (left[30] | ~left[60]).all(axis=None)
    lost = ~left[30].to_numpy()[plain.X.nonzero()]
    assert all(
        lost[start : start + 4000].sum() == 1200 for start in range(0, len(lost) - 4000, 4000)
    )
