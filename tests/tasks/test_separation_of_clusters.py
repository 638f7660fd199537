"""The width of a method's own clusters, against scikit-learn's on clusters that are known."""

import json

import h5py
import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import silhouette_score

from clear.benchmark.tasks.separation_of_clusters import COLUMNS, widths

ABOUT = {"dataset": "d", "recipe": "standard", "perturbation": "none", "seed": 3}


@pytest.fixture
def blobs():
    random = np.random.default_rng(0)
    types = np.repeat(["a", "b", "c"], 40)
    return np.repeat(10 * np.eye(3), 40, axis=0) + random.normal(0, 1, (120, 3)), types


@pytest.fixture
def truth(blobs, tmp_path):
    cells = [f"cell_{i:06d}" for i in range(120)]
    table = pd.DataFrame({"cell": cells, "cell_type": blobs[1]})
    table.to_csv(tmp_path / "truth.tsv", sep="\t", index=False)
    return tmp_path / "truth.tsv"


def run(folder, embedding=None, own=None, status="ok", told=()):
    folder.mkdir()
    record = ABOUT | {"status": status, "method": folder.name, "told": dict.fromkeys(told, 3)}
    (folder / "status.json").write_text(json.dumps(record))
    cells = [f"cell_{i:06d}" for i in range(120)]
    if embedding is not None:
        with h5py.File(folder / "embedding.h5", "w") as file:
            file["X"], file["cells"] = embedding, np.array(cells, dtype="S")
    if own is not None:
        rows = pd.DataFrame({"cell": cells, "cluster": own, "track": "estimated_k"})
        rows.to_csv(folder / "clusters.tsv", sep="\t", index=False)
    return folder


def test_each_track_has_the_width_of_its_own_clusters(blobs, truth, tmp_path):
    embedding, types = blobs
    halves = np.where(np.arange(120) % 2, "x", "y")
    table = widths([run(tmp_path / "m", embedding, halves)], truth, 15)
    assert table["method"].tolist() == ["m"] * 3 and set(table["seed"]) == {3}
    value = table.set_index("track")["value"]
    # k-means and Leiden find the blobs; the method's own clusters are halves across them
    assert value["given_k"] == pytest.approx(silhouette_score(embedding, types))
    assert value["estimated_k"] == pytest.approx(silhouette_score(embedding, types))
    assert value["own_k"] == pytest.approx(silhouette_score(embedding, halves))


def test_without_an_embedding_or_a_result_there_is_no_width(blobs, truth, tmp_path):
    runs = [run(tmp_path / "none", own=blobs[1]), run(tmp_path / "lost", status="failed")]
    assert widths(runs, truth, 15).columns.tolist() == COLUMNS
    assert widths(runs, truth, 15).empty


def test_a_method_that_is_told_the_number_has_no_estimated_track(blobs, truth, tmp_path):
    table = widths([run(tmp_path / "t", blobs[0], told=["n_clusters"])], truth, 15)
    assert table["track"].tolist() == ["given_k"]
