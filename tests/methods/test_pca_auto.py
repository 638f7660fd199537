"""The choice of principal components by silhouette, against scikit-learn on each representation."""

import re

import anndata
import h5py
import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, silhouette_score


def embedding_of(result):
    """Return the embedding; the script writes the cells in their order."""
    assert result.status["status"] == "ok", result.log
    with h5py.File(result.folder / "embedding.h5") as file:
        return file["X"][()].astype(float)


def candidates(X):
    """The twelve representations by the singular value decomposition of dense matrices."""
    X, sd, found = X - X.mean(axis=0), X.std(axis=0, ddof=1), {}
    for exponent, scaled in {"0": X, "0.5": X / sd**0.5, "1": np.clip(X / sd, -10, 10)}.items():
        left, values, _ = np.linalg.svd(scaled - scaled.mean(axis=0), full_matrices=False)
        for number in (15, 30):
            scores = (left * values)[:, :number]
            name = f"exponent {exponent}, {number} components"
            found[name] = scores
            found[f"{name}, unit length"] = scores / np.linalg.norm(scores, axis=1, keepdims=True)
    return found


@pytest.mark.parametrize(
    ("noise", "chosen"),
    [(1, "exponent 0, 15 components, unit length"), (6, "exponent 1, 15 components, unit length")],
)
def test_the_largest_silhouette_decides(run, script, prepare, noise, chosen):
    """Genes that mark no type are louder in the second case, and scaling takes that from them."""
    data = prepare(types=6, genes=200)
    X = data.logged.astype(float)
    X[:, 120:] *= noise
    X = X.astype(np.float32)
    with h5py.File(data.input, "r+") as file:
        del file["X"]
        anndata.io.write_elem(file, "X", csr_matrix(X))
    result = run(script, data=str(data.folder), seed=3, minutes=5)
    found = embedding_of(result)

    widths, embeddings = {}, candidates(X[:, data.highly_variable].astype(float))
    for name, embedding in embeddings.items():
        clusters = [
            KMeans(k, n_init=10, random_state=3).fit_predict(embedding) for k in (5, 10, 15)
        ]
        widths[name] = np.mean([silhouette_score(embedding, c, metric="cosine") for c in clusters])
    assert max(widths, key=widths.get) == chosen
    assert result.status["computed_by"] == {"representation": chosen}
    assert f"chosen: {chosen}\n" in result.log
    logged = {name: float(w) for w, name in re.findall(r"^ *(-?\d\.\d+)  (.+)$", result.log, re.M)}
    assert logged == pytest.approx(widths, abs=1e-3)
    expected = embeddings[chosen]
    found *= np.sign((found * expected).sum(axis=0))
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-3)


def test_easy_types_are_found_again_and_again(run, script, prepared):
    first, second = (embedding_of(run(script, minutes=5)) for _ in range(2))
    labels = KMeans(3, n_init=10, random_state=0).fit_predict(first)
    assert adjusted_rand_score(prepared.labels, labels) >= 0.9
    np.testing.assert_array_equal(first, second)


def test_of_thirty_cells_all_components_are_taken_and_equal_silhouettes_are_no_choice(
    run, script, prepare
):
    few = prepare(n_per_type=10)
    result = run(script, data=str(few.folder))
    assert "width of 3 clusters" in result.log
    assert result.log.count(" 29 components") == 6
    # The three types are the clusters at any length of the rows: these decide nothing.
    assert embedding_of(result).shape == (30, 15)
    assert "chosen: exponent 0, 15 components\n" in result.log


def test_there_are_ten_cells_to_a_cluster_and_two_clusters(load):
    numbers_of_clusters = load("silhouette").numbers_of_clusters
    assert numbers_of_clusters(1_000, [5, 10, 15]) == [5, 10, 15]
    assert numbers_of_clusters(120, [5, 10, 15]) == [5, 10, 12]
    assert numbers_of_clusters(9, [5, 10, 15]) == [2]


def test_the_silhouette_of_many_cells_is_that_of_a_sample(load, monkeypatch):
    silhouette, rng = load("silhouette"), np.random.default_rng(0)
    kind = np.repeat(np.arange(2), 300)
    embedding = np.eye(2)[kind] * 5 + rng.normal(size=(600, 2))
    whole = silhouette.mean_silhouette(embedding, [2], 0)
    monkeypatch.setattr(silhouette, "SAMPLE", 200)
    part = silhouette.mean_silhouette(embedding, [2], 0)
    assert 0 < abs(part - whole) < 0.05
    assert part == silhouette.mean_silhouette(embedding, [2], 0)


def test_a_sample_without_the_outlier_counts_as_one_cluster(load, monkeypatch):
    silhouette = load("silhouette")
    monkeypatch.setattr(silhouette, "SAMPLE", 5)
    embedding = np.ones((100, 2))
    embedding[np.random.default_rng(0).permutation(100)[-1]] = 1_000
    assert silhouette.mean_silhouette(embedding, [2], 0) == 0
