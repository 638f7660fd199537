"""Scanpy's diffusion pseudotime and the control of one component, by the real runner."""

import anndata
import numpy as np
import scanpy
from scipy.stats import spearmanr


def test_a_path_is_ordered_from_its_first_stage_as_scanpy_does(orders, lineage):
    found, _ = orders()
    assert spearmanr(found, lineage.time).statistic > 0.9
    adata = anndata.AnnData(lineage.logged.copy())
    scanpy.pp.scale(adata, max_value=10)
    scanpy.pp.pca(adata, n_comps=50)
    scanpy.pp.neighbors(adata, n_neighbors=15)
    scanpy.tl.diffmap(adata)
    adata.uns["iroot"] = int(found.argmin())
    scanpy.tl.dpt(adata)
    np.testing.assert_allclose(found, adata.obs["dpt_pseudotime"], atol=1e-3)
    own = adata.obsm["X_pca"][lineage.stages == 0]
    apart = ((own[:, None] - own) ** 2).sum(axis=2).sum(axis=1)
    assert found.argmin() == np.flatnonzero(lineage.stages == 0)[apart.argmin()]


def test_the_control_is_the_first_component_and_knows_no_root(orders, lineage):
    found, _ = orders("control_component/run.py", told=[])
    X = lineage.logged - lineage.logged.mean(axis=0, dtype=float)
    left, values, _ = np.linalg.svd(X, full_matrices=False)
    expected = left[:, 0] * values[0]
    np.testing.assert_allclose(found * np.sign(found @ expected), expected, atol=1e-2)


def test_who_is_told_a_root_that_the_dataset_lacks_is_not_started(run, script):
    result = run(script, told=["root"], outputs=["pseudotime"])
    assert result.status["status"] == "not_applicable"
    assert "told the first stage, and the dataset's card names none" in result.status["message"]


def test_another_seed_orders_the_cells_too(orders, lineage):
    found, _ = orders(seed=3)
    assert spearmanr(found, lineage.time).statistic > 0.9


def test_cells_that_the_root_does_not_reach_come_last_as_a_tie(orders, prepare):
    """Of two types each has its own neighbours only, since 40 genes set them apart."""
    made = prepare(types=2, n_per_type=40, stages=(0, 1))
    found, result = orders(data=str(made.folder), settings={"n_neighbors": 5})
    assert result.log.endswith("40 of 80 cells are not joined to the root\n")
    reached, others = found[:40], found[40:]
    assert reached.min() == 0 and reached.max() == 1 and len(np.unique(reached)) == 40
    np.testing.assert_array_equal(others, 2)


def test_more_cells_than_scanpy_searches_exactly_by_itself(orders, prepare):
    made = prepare(types=2, n_per_type=4100, genes=60, stages=(0, 1))
    found, _ = orders(data=str(made.folder))
    assert found[:4100].min() == 0 and found[:4100].max() < found[4100:].min()
