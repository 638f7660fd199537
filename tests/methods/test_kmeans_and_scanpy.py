"""Plain k-means and scanpy's standard recipe, run by the real runner on easy cells."""

import h5py
import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

CASES = {
    "kmeans": {"told": ["n_clusters"], "outputs": ["clusters_given_k"]},
    "scanpy": {"outputs": ["embedding", "clusters_estimated_k"]},
}


@pytest.mark.parametrize("method", CASES)
def test_easy_types_are_found_and_the_seed_decides(run, repository, prepared, method):
    script = repository / "scripts/methods" / method / "run.py"
    labels = []
    for _ in range(2):
        result = run(script, **CASES[method], minutes=5)
        assert result.status["status"] == "ok", result.log
        table = pd.read_csv(result.folder / "clusters.tsv", sep="\t").set_index("cell")
        labels.append(table.loc[prepared.cells, "cluster"].to_numpy())
    assert adjusted_rand_score(prepared.labels, labels[0]) > 0.9
    np.testing.assert_array_equal(*labels)


@pytest.mark.parametrize(("many_cells", "starts"), [(90, 4), (89, 2)])
def test_many_cells_are_clustered_with_fewer_starts(run, repository, many_cells, starts):
    settings = {"n_init": 4, "many_cells": many_cells, "n_init_of_many": 2}  # of 90 cells
    script = repository / "scripts/methods/kmeans/run.py"
    result = run(script, settings=settings, minutes=5, **CASES["kmeans"])
    assert result.status["status"] == "ok", result.log
    assert f"the lowest of {starts} starts" in result.log


def test_scanpy_embeds_the_clipped_z_scores_of_variable_genes(run, repository, prepared):
    settings = {"n_comps": 3, "max_value": 1.5}
    script = repository / "scripts/methods/scanpy/run.py"
    result = run(script, settings=settings, outputs=["embedding"], minutes=5)
    assert result.status["status"] == "ok", result.log
    X = prepared.logged[:, prepared.highly_variable].astype(float)
    Z = np.clip((X - X.mean(axis=0)) / X.std(axis=0, ddof=1), -1.5, 1.5)
    values = np.linalg.svd(Z - Z.mean(axis=0), compute_uv=False)[:3]
    with h5py.File(result.folder / "embedding.h5") as file:
        np.testing.assert_allclose(np.linalg.norm(file["X"][()], axis=0), values, rtol=1e-3)
