"""Clusters of an embedding and their markers."""

import json

import h5py
import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from scipy import sparse
from scipy.stats import mannwhitneyu

from clear.benchmark.casestudy.cells import map_cells
from clear.benchmark.casestudy.cluster_markers import cluster_markers
from clear.benchmark.casestudy.expression import all_genes, read_genes
from clear.benchmark.tasks.projection import umap_table
from clear.benchmark.tsv import read_table, write_table
from clear.errors import ClearError


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
    table, umap, record = map_cells(folder, truth, 15, "cpu")
    assert umap["cell"].tolist() == table["cell"].tolist() and umap[["x", "y"]].notna().all(
        axis=None
    )
    assert record["engine"] == "cpu" and record["neighbours"] == "exact"
    assert record["clusters"] == table["cluster"].nunique()
    assert table["cell"].tolist() == [f"cell_{i}" for i in range(100)]
    pairs = set(zip(table["cluster"], blobs, strict=True))
    assert len(pairs) == table["cluster"].nunique()  # no cluster has cells of two blobs
    sizes = table["cluster"].value_counts()
    assert list(sizes.loc[[str(i) for i in range(len(sizes))]]) == sorted(sizes, reverse=True)


def test_the_plane_of_a_case_study_is_the_one_of_all_embeddings(run, tmp_path):
    """Which is therefore taken from its table, where the other rule would compute it again."""
    folder, truth, _ = run
    plane = map_cells(folder, truth, 15, "cpu")[1]
    path = tmp_path / "umap.tsv"
    write_table(plane, path)
    own = umap_table([folder], truth, 15)
    write_table(own, tmp_path / "own.tsv")
    taken = umap_table([folder], truth, 15, {"pca": path})
    pd.testing.assert_frame_equal(taken, read_table(tmp_path / "own.tsv"), check_dtype=False)
    write_table(plane[::-1].assign(x=plane["x"] + 1), path)  # any order; from there indeed
    moved = umap_table([folder], truth, 15, {"pca": path})
    np.testing.assert_allclose(moved["umap1"], own["umap1"] + 1, rtol=1e-6)


def test_a_run_without_embedding_has_no_rows(run):
    def nothing():
        clusters, umap, record = map_cells(folder, truth, 15, "cpu")
        return clusters.empty and umap.empty and record == {}

    folder, truth, _ = run
    (folder / "embedding.h5").unlink()
    assert nothing()
    status = json.loads((folder / "status.json").read_text()) | {"status": "failed"}
    (folder / "status.json").write_text(json.dumps(status))
    truth.unlink()  # where a dataset has no data
    assert nothing()


@pytest.fixture
def expressed(tmp_path):
    """Sixty cells, of which twenty have more of g3, as a file, and their clusters."""
    rng = np.random.default_rng(0)
    X = rng.poisson(1, (60, 8)).astype(float)
    X[:20, 3] += 3
    names = [f"c{i}" for i in range(60)]
    genes = [f"g{i}" for i in range(8)]
    X = sparse.csr_matrix(np.log1p(X), dtype=np.float32)
    AnnData(X, pd.DataFrame(index=names), pd.DataFrame(index=genes)).write_h5ad(tmp_path / "x.h5ad")
    clusters = pd.DataFrame({"cell": names, "cluster": ["1"] * 20 + ["0"] * 39 + ["2"]})
    return tmp_path / "x.h5ad", X.toarray(), clusters


def markers(path, clusters):
    return cluster_markers(clusters, *all_genes(path))


def test_markers_are_those_of_the_rank_sum_test(expressed):
    path, X, clusters = expressed
    table = markers(path, clusters.sample(frac=1, random_state=0))
    first = table[(table["cluster"] == "1") & (table["rank"] == 1)].iloc[0]
    assert first["gene"] == "g3" and first["share_in"] == 1
    own, others = X[:20, 3], X[20:, 3]
    p = mannwhitneyu(own, others, method="asymptotic", use_continuity=False).pvalue
    assert first["p_adjusted"] == pytest.approx(p * 8, rel=1e-6)  # the least of eight genes
    assert set(table["cluster"]) == {"0", "1"}  # a cluster of one cell has no spread
    ratio = np.expm1(own.mean()) / np.expm1(others.mean())
    assert first["log2fc"] == pytest.approx(np.log2(ratio), rel=1e-5)
    assert first["share_out"] == pytest.approx((others > 0).mean())


def test_rounded_values_rank_as_exact_ones_do_and_blocks_change_nothing(tmp_path, monkeypatch):
    rng = np.random.default_rng(1)
    X = sparse.random(900, 30, 0.4, "csr", np.float32, rng, data_rvs=rng.standard_exponential)
    names = pd.DataFrame(index=[f"c{i}" for i in range(900)])
    AnnData(X, names).write_h5ad(tmp_path / "x.h5ad")
    clusters = pd.DataFrame({"cell": names.index, "cluster": rng.choice(["0", "1", "2"], 900)})
    whole = markers(tmp_path / "x.h5ad", clusters)
    monkeypatch.setattr("clear.cells.matrix.BLOCK_CELLS", 100)
    pd.testing.assert_frame_equal(markers(tmp_path / "x.h5ad", clusters), whole)
    own = (clusters["cluster"] == "2").to_numpy()
    exact = mannwhitneyu(
        X[own].toarray(), X[~own].toarray(), method="asymptotic", use_continuity=False
    )
    found = whole[whole["cluster"] == "2"].set_index("gene").loc[[str(i) for i in range(30)]]
    assert np.corrcoef(found["score"], exact.statistic)[0, 1] > 0.9999


def test_one_cluster_has_nothing_to_be_compared_with(expressed):
    path, _, clusters = expressed
    assert markers(path, clusters.assign(cluster="0")).empty


def test_genes_are_read_alone_and_missing_ones_left_out(expressed):
    path, X, _ = expressed
    data = read_genes(path, ["g5", "CD3E", "g2", "g5"])
    assert data.var_names.tolist() == ["g5", "g2"]
    assert np.array_equal(data.X, X[:, [5, 2]])
    with pytest.raises(ClearError, match="none of the 2 genes, CD3E, LYZ .* named like 'g0'"):
        read_genes(path, ["CD3E", "LYZ"])
