"""CONCORD, the package itself, on easy cells."""

import h5py
import numpy as np
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

SETTINGS = {"n_top_features": 2000, "preload_dense": True}


def test_easy_types_are_found_and_the_seed_decides(run, script, prepared):
    found = []
    for seed in (0, 0, 1):
        result = run(script, settings=SETTINGS, outputs=["embedding"], seed=seed, minutes=5)
        assert result.status["status"] == "ok", result.log
        with h5py.File(result.folder / "embedding.h5") as file:
            found.append(file["X"][()])
    labels = KMeans(3, n_init=10, random_state=0).fit_predict(found[0])
    assert adjusted_rand_score(prepared.labels, labels) > 0.9
    np.testing.assert_array_equal(found[0], found[1])
    assert not np.allclose(found[0], found[2])
    # scoring's Euclidean distances then order cells as the cosine does
    np.testing.assert_allclose(np.linalg.norm(found[0], axis=1), 1, rtol=1e-5)
