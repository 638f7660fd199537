"""Principal components averaged over neighbours, against dense matrices."""

import h5py
import numpy as np
import pytest
from scipy import stats
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

SETTINGS = {
    "n_components": 6,
    "searched": 4,
    "max_value": 2,
    "n_neighbors": 5,
    "steps": 2,
    "own_share": 0.3,
}


def embedding_of(result):
    """Return the embedding; the script writes the cells in their order."""
    assert result.status["status"] == "ok", result.log
    with h5py.File(result.folder / "embedding.h5") as file:
        return file["X"][()].astype(float)


def by_hand(data, n_components, searched, n_neighbors, max_value, steps, own_share):
    """The share of S and the rest of P^steps S, with dense matrices."""
    X = data.logged[:, data.highly_variable].astype(float)
    Z = np.clip(stats.zscore(X, ddof=1), -max_value, max_value)
    left, values, _ = np.linalg.svd(Z - Z.mean(axis=0), full_matrices=False)
    S = left[:, :n_components] * values[:n_components]
    near = S[:, :searched]
    unit = near / np.linalg.norm(near, axis=1, keepdims=True)
    cosine = unit @ unit.T
    np.fill_diagonal(cosine, -np.inf)
    is_neighbour = np.zeros(cosine.shape)
    np.put_along_axis(is_neighbour, np.argsort(-cosine)[:, :n_neighbors], 1, axis=1)
    to_neighbour = is_neighbour / n_neighbors
    to_reverse = is_neighbour.T / np.maximum(is_neighbour.sum(axis=0), 1)[:, None]
    means = np.linalg.matrix_power(to_neighbour @ to_reverse, steps) @ S
    return own_share * S + (1 - own_share) * means


def test_it_is_the_power_of_the_transition_matrix_times_the_scores(run, script, prepared):
    found = embedding_of(run(script, settings=SETTINGS))
    expected = by_hand(prepared, **SETTINGS)
    found *= np.sign((found * expected).sum(axis=0))
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("n_per_type", "neighbours"), [(30, 8), (4, 3), (1, 2)])
def test_few_cells_have_few_neighbours(run, script, prepare, n_per_type, neighbours):
    few = prepare(n_per_type=n_per_type)
    result = run(script, data=str(few.folder))
    assert f"4 steps among {neighbours} neighbours" in result.log
    assert embedding_of(result).shape == (3 * n_per_type, min(50, 3 * n_per_type - 1))


def test_easy_types_are_found_and_the_seed_does_not_matter(run, script, prepared):
    first, second = (embedding_of(run(script, seed=seed)) for seed in (0, 1))
    labels = KMeans(3, n_init=10, random_state=0).fit_predict(first)
    assert adjusted_rand_score(prepared.labels, labels) >= 0.9
    np.testing.assert_array_equal(first, second)
