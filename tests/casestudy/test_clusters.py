"""Clusters of an embedding and their markers."""

import json

import h5py
import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from scipy.stats import mannwhitneyu

from clear.benchmark.casestudy.cells import cluster_table, umap_of_cells
from clear.benchmark.casestudy.cluster_markers import cluster_markers


@pytest.fixture
def run(tmp_path):
    """A run with an embedding of three blobs of 50, 30 and 20 cells, and its truth."""
    folder = tmp_path / "methods/toy/standard/none/pca/seed0"
    folder.mkdir(parents=True)
    sizes = (50, 30, 20)
    centres = np.repeat(10 * np.eye(3), sizes, axis=0)
    X = centres + np.random.default_rng(0).normal(0, 0.1, centres.shape)
    names = [f"cell_{i}" for i in range(100)]
    order = np.random.default_rng(1).permutation(100)
    with h5py.File(folder / "embedding.h5", "w") as file:
        file["X"], file["cells"] = X[order], [names[i] for i in order]
    status = {"dataset": "toy", "recipe": "standard", "perturbation": "none", "method": "pca"}
    (folder / "status.json").write_text(json.dumps(status | {"seed": 0, "status": "ok"}))
    truth = tmp_path / "truth.tsv"
    blobs = np.repeat(list("abc"), sizes)
    pd.DataFrame({"cell": names, "cell_type": blobs}).to_csv(truth, sep="\t", index=False)
    return folder, truth, blobs


def test_clusters_are_numbered_by_size_in_the_order_of_the_truth(run):
    folder, truth, blobs = run
    table = cluster_table(folder, truth)
    assert table["cell"].tolist() == [f"cell_{i}" for i in range(100)]
    pairs = set(zip(table["cluster"], blobs, strict=True))
    assert len(pairs) == table["cluster"].nunique()  # no cluster has cells of two blobs
    sizes = table["cluster"].value_counts()
    assert list(sizes.loc[[str(i) for i in range(len(sizes))]]) == sorted(sizes, reverse=True)


@pytest.mark.parametrize("table", [cluster_table, umap_of_cells])
def test_a_run_without_embedding_has_no_rows(run, table):
    folder, truth, _ = run
    (folder / "embedding.h5").unlink()
    assert table(folder, truth).empty
    status = json.loads((folder / "status.json").read_text()) | {"status": "failed"}
    (folder / "status.json").write_text(json.dumps(status))
    truth.unlink()  # where a dataset has no data
    assert table(folder, truth).empty


def expressed():
    rng = np.random.default_rng(0)
    X = rng.poisson(1, (60, 8)).astype(float)
    X[:20, 3] += 3
    names = [f"c{i}" for i in range(60)]
    genes = [f"g{i}" for i in range(8)]
    data = AnnData(np.log1p(X), pd.DataFrame(index=names), pd.DataFrame(index=genes))
    return data, pd.DataFrame({"cell": names, "cluster": ["1"] * 20 + ["0"] * 39 + ["2"]})


def test_markers_are_those_of_the_rank_sum_test():
    data, clusters = expressed()
    table = cluster_markers(clusters.sample(frac=1, random_state=0), data)
    first = table[(table["cluster"] == "1") & (table["rank"] == 1)].iloc[0]
    assert first["gene"] == "g3" and first["share_in"] == 1
    own, others = data.X[:20, 3], data.X[20:, 3]
    p = mannwhitneyu(own, others, method="asymptotic", use_continuity=False).pvalue
    assert first["p_adjusted"] == pytest.approx(p * 8, rel=1e-6)  # the least of eight genes
    assert set(table["cluster"]) == {"0", "1"}  # a cluster of one cell has no spread


def test_one_cluster_has_nothing_to_be_compared_with():
    data, clusters = expressed()
    assert cluster_markers(clusters.assign(cluster="0"), data).empty
    assert cluster_markers(clusters[:0], data).empty
