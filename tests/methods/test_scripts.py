"""The method scripts of the repository, run by the real runner on easy cells."""

import anndata
import h5py
import numpy as np
import pandas as pd
import pytest
import torch
import yaml
from scipy import stats
from scipy.sparse import csr_matrix
from sklearn.cluster import KMeans, SpectralClustering
from sklearn.metrics import adjusted_rand_score

from clear.model.encoder import embed
from clear.model.learner import Learner
from clear.presets import GRAPH_DIFFUSION, RECOMMENDED


@pytest.fixture
def scripts(repository):
    """Folder with the method scripts."""
    return repository / "scripts" / "methods"


@pytest.fixture(scope="session")
def seurat(needs_r):
    """Skip where R or Seurat is absent."""
    needs_r("Seurat", "rhdf5", "jsonlite")


def embedding_of(run, cells):
    """Return the embedding in the order of ``cells``."""
    with h5py.File(run.folder / "embedding.h5") as file:
        assert file["X"].dtype == np.float32
        table = pd.DataFrame(file["X"][()], index=file["cells"].asstr()[()])
    return table.loc[cells].to_numpy()


def ari(embedding, labels):
    k = len(set(labels))
    found = KMeans(k, n_init=10, random_state=0).fit_predict(embedding)
    return adjusted_rand_score(labels, found)


def test_pca_is_the_svd_of_the_centred_variable_genes(run, scripts, prepared):
    result = run(scripts / "pca/run.py", settings={"n_components": 5})
    assert result.status["status"] == "ok", result.status["message"]
    X = prepared.logged[:, prepared.highly_variable].astype(float)
    left, values, _ = np.linalg.svd(X - X.mean(axis=0), full_matrices=False)
    expected = left[:, :5] * values[:5]
    found = embedding_of(result, prepared.cells)
    signs = np.sign((found * expected).sum(axis=0))
    np.testing.assert_allclose(found * signs, expected, rtol=1e-4, atol=1e-4)


def test_scaled_pca_is_that_of_clipped_z_scores_and_leaves_constant_genes_out(
    run, scripts, prepared
):
    X = prepared.logged.astype(float)
    X[:, 3] = np.float32(0.12163414806127548)  # scanpy's variance of this is below 0
    with h5py.File(prepared.input, "r+") as file:
        del file["X"]
        anndata.io.write_elem(file, "X", csr_matrix(X.astype(np.float32)))
    result = run(scripts / "pca/run.py", settings={"n_components": 5, "max_value": 1.5})
    assert result.status["status"] == "ok", result.status["message"]
    varies = prepared.highly_variable & (X.std(axis=0) > 0)
    scores = np.clip(stats.zscore(X[:, varies], ddof=1), -1.5, 1.5)
    left, values, _ = np.linalg.svd(scores - scores.mean(axis=0), full_matrices=False)
    expected, found = left[:, :5] * values[:5], embedding_of(result, prepared.cells)
    np.testing.assert_allclose(found @ found.T, expected @ expected.T, rtol=1e-3, atol=1e-3)


def test_pca_copes_with_fewer_cells_than_components(run, scripts, prepare):
    few = prepare(n_per_type=3)
    result = run(scripts / "pca/run.py", settings={"n_components": 20}, data=str(few.folder))
    assert embedding_of(result, few.cells).shape == (9, 8)


def test_pca_gives_the_same_numbers_for_the_same_seed(run, scripts, prepared):
    first = embedding_of(run(scripts / "pca/run.py"), prepared.cells)
    second = embedding_of(run(scripts / "pca/run.py"), prepared.cells)
    np.testing.assert_array_equal(first, second)


@pytest.fixture
def transition(prepared):
    """P of the graph that ``graph_diffusion`` trains on, by a loop, and the length of walks."""
    profiles = torch.from_numpy(prepared.logged[:, prepared.highly_variable].copy())
    learner = Learner(*profiles.shape, torch.device("cpu"), GRAPH_DIFFUSION, seed=5)
    learner.use(profiles)
    nearest, reverse, begin, number = learner.neighbours.graph
    found = np.zeros((len(profiles), len(profiles)))
    for cell in range(len(profiles)):
        for via in nearest[cell]:
            for end in reverse[begin[via] :][: number[via]]:
                found[cell, end] += 1 / nearest.shape[1] / number[via]
    return found, learner.neighbours.length


def test_diffusion_map_has_the_products_that_the_spectral_loss_aims_at(
    run, scripts, prepared, transition
):
    result = run(scripts / "walk_graph/run.py", settings={"result": "diffusion_map"})
    embedding = embedding_of(result, prepared.cells).astype(float)
    P, length = transition
    np.testing.assert_allclose(P.sum(axis=1), 1)
    assert f"walks of {length} steps" in result.log
    expected = 90 * np.linalg.matrix_power(P, length)
    np.testing.assert_allclose(embedding @ embedding.T, expected, atol=1e-4)
    assert ari(embedding, prepared.labels) == 1.0


def test_spectral_clustering_is_scikit_learns_on_the_graph_of_the_preset(
    run, scripts, prepared, transition
):
    order = {"outputs": ["clusters_given_k"], "told": ["n_clusters"], "seed": 3}
    result = run(scripts / "walk_graph/run.py", settings={"result": "spectral"}, **order)
    assert result.status["status"] == "ok", result.log
    table = pd.read_csv(result.folder / "clusters.tsv", sep="\t").set_index("cell")
    found = table.loc[prepared.cells, "cluster"]
    expected = SpectralClustering(3, affinity="precomputed", random_state=3)
    assert adjusted_rand_score(expected.fit_predict(transition[0]), found) == 1.0
    assert adjusted_rand_score(prepared.labels, found) == 1.0


def test_methods_on_all_pairs_of_cells_have_a_limit(run, scripts, prepared):
    result = run(scripts / "walk_graph/run.py", settings={"max_cells": 89})
    assert result.status["status"] == "not_applicable"
    assert "90 cells" in result.status["message"]


def test_untrained_control_is_the_encoder_at_its_start(run, scripts, repository, prepared):
    card = yaml.safe_load((repository / "config/methods/clear_untrained.yaml").read_text())
    result = run(scripts / "clear/run.py", settings=card["settings"], seed=2)
    profiles = torch.from_numpy(prepared.logged[:, prepared.highly_variable].copy())
    learner = Learner(*profiles.shape, torch.device("cpu"), RECOMMENDED, seed=2)
    learner.use(profiles)
    finished = learner.neighbours.finished(learner.query_encoder)
    with torch.inference_mode():
        start = embed(finished, profiles, RECOMMENDED).numpy()
    found = embedding_of(result, prepared.cells)
    # Rounding differs between numbers of threads and turns components of nearly equal length.
    np.testing.assert_allclose(found, start, rtol=1e-3, atol=5e-3)


def test_random_control_knows_nothing(run, scripts, prepared):
    result = run(scripts / "control_random/run.py", settings={"dims": 7})
    embedding = embedding_of(result, prepared.cells)
    assert embedding.shape == (90, 7)
    assert abs(ari(embedding, prepared.labels)) < 0.1
    other = embedding_of(run(scripts / "control_random/run.py", seed=1), prepared.cells)
    assert not np.allclose(embedding[:, :7], other[:, :7])


def test_label_control_is_perfect_also_for_types_of_very_different_size(run, scripts, prepared):
    truth = pd.read_csv(prepared.truth, sep="\t")
    truth["cell_type"] = ["rare"] * 3 + ["usual"] * 70 + ["other"] * 17
    truth.sample(frac=1, random_state=0).to_csv(prepared.truth, sep="\t", index=False)
    result = run(scripts / "control_labels/run.py", told=["labels"])
    embedding = embedding_of(result, truth["cell"])
    assert ari(embedding, truth["cell_type"]) == 1.0
    assert len(np.unique(embedding, axis=0)) == 90


def test_shuffled_control_hands_out_the_components_of_each_type_anew(run, scripts, prepared):
    plain = embedding_of(
        run(scripts / "pca/run.py", settings={"n_components": 5, "max_value": None}),
        prepared.cells,
    )
    shuffled = embedding_of(
        run(
            scripts / "control_shuffled_within_types/run.py",
            told=["labels"],
            settings={"n_components": 5},
        ),
        prepared.cells,
    )
    for kind in np.unique(prepared.labels):
        own = prepared.labels == kind
        np.testing.assert_allclose(*(np.sort(x[own], axis=0) for x in (plain, shuffled)), atol=1e-5)
        assert not np.allclose(plain[own], shuffled[own], atol=0.1)


def test_scvi_separates_easy_types_within_few_epochs(run, scripts, prepare):
    easy = prepare(n_per_type=60, batch=True)
    settings = {"max_epochs": 30, "n_latent": 5, "batch_size": None}
    result = run(scripts / "scvi/run.py", settings=settings, data=str(easy.folder), told=["batch"])
    assert result.status["status"] == "ok", result.log
    embedding = embedding_of(result, easy.cells)
    assert embedding.shape == (180, 5)
    assert ari(embedding, easy.labels) > 0.9
    assert "epoch 30 of 30" in result.log
    assert result.status["versions"]["scvi-tools"]
    assert result.status["device"] == "cpu"


def test_scvi_trains_no_longer_than_by_its_own_rule(run, scripts, prepared, tmp_path):
    settings = {"max_epochs": 1000, "batch_size": 90, "n_hidden": 4, "n_latent": 2}
    result = run(scripts / "scvi/run.py", settings=settings)
    assert result.status["status"] == "ok", result.log
    assert "epoch 400 of 400" in result.log


def test_scvi_takes_values_that_are_not_counts(run, scripts, prepared, tmp_path):
    with h5py.File(prepared.input, "a") as file:
        file["layers/counts/data"][...] *= 0.37
    result = run(scripts / "scvi/run.py", settings={"max_epochs": 1})
    assert result.status["status"] == "ok", result.log


def test_seurat_finds_easy_types(seurat, run, scripts, prepare):
    easy = prepare(n_per_type=50, types=2)
    outputs = ["embedding", "clusters_estimated_k"]
    result = run(scripts / "seurat/run.R", outputs=outputs, data=str(easy.folder))
    assert result.status["status"] == "ok", result.log
    assert result.status["R"] and result.status["versions"]["Seurat"]
    embedding = embedding_of(result, easy.cells)
    assert embedding.shape == (100, 20)
    assert ari(embedding[:, :2], easy.labels) == 1.0
    table = pd.read_csv(result.folder / "clusters.tsv", sep="\t").set_index("cell")
    assert set(table["track"]) == {"estimated_k"}
    assert adjusted_rand_score(easy.labels, table.loc[easy.cells, "cluster"]) == 1.0
    again = run(scripts / "seurat/run.R", outputs=outputs, data=str(easy.folder))
    np.testing.assert_array_equal(embedding, embedding_of(again, easy.cells))
    pd.testing.assert_frame_equal(
        table, pd.read_csv(again.folder / "clusters.tsv", sep="\t").set_index("cell")
    )


def test_seurat_copes_with_very_few_cells(seurat, run, scripts, prepare):
    few = prepare(n_per_type=6, types=2)
    outputs = ["embedding", "clusters_estimated_k"]
    result = run(scripts / "seurat/run.R", outputs=outputs, data=str(few.folder))
    assert result.status["status"] == "ok", result.log
    assert embedding_of(result, few.cells).shape == (12, 11)


@pytest.mark.parametrize("script", ["pca/run.py", "seurat/run.R"])
def test_a_setting_that_the_method_does_not_know_is_an_error(request, run, scripts, script):
    if script.endswith(".R"):
        request.getfixturevalue("seurat")
    result = run(scripts / script, settings={"n_component": 5})
    assert result.status["status"] == "failed"
    assert "has no setting 'n_component'" in result.status["message"]
