"""The turning point of a resolution scan follows the rule that its module states."""

import json

import h5py
import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from clear.benchmark.tasks.turning_point import OVERCLUSTERED, STARTS, scan_one, scans
from clear.clusters import leiden, neighbour_graph


@pytest.fixture(scope="module")
def blobs():
    random = np.random.default_rng(0)
    types = np.repeat(["a", "b", "c", "d"], 60)
    centres = random.normal(0, 3, (4, 5))
    return centres[np.repeat(range(4), 60)] + random.normal(0, 1, (240, 5)), types


def test_the_turning_point_is_the_last_resolution_with_as_many_clusters_as_types(blobs):
    embedding, types = blobs
    scan, clusters = scan_one(embedding, types, 15)
    graph = neighbour_graph(embedding, 15)

    def n_clusters(resolution):
        return len(set(leiden(graph, resolution, 0)))

    start = next(r for r in STARTS if n_clusters(r) >= OVERCLUSTERED * 4)
    assert scan["resolution"].iloc[0] == start
    np.testing.assert_allclose(-np.diff(scan["resolution"]), 0.01)
    expected = start
    for step in range(round(100 * start) - 1, 0, -1):
        if n_clusters(step / 100) < 4:
            break
        expected = step / 100
    (at,) = scan[scan["turning_point"]].itertuples()
    assert at.resolution == pytest.approx(expected)
    assert at.n_clusters == len(set(clusters)) >= 4
    assert (clusters == leiden(graph, at.resolution, 0)).all()
    found = [adjusted_rand_score(types, leiden(graph, at.resolution, s)) for s in range(5)]
    assert (at.ari_mean, at.ari_sd) == pytest.approx((np.mean(found), np.std(found, ddof=1)))


def test_without_overclustering_there_is_no_turning_point():
    types = [f"type {i}" for i in range(40)]
    scan, clusters = scan_one(np.random.default_rng(0).normal(size=(40, 3)), np.array(types), 15)
    assert clusters is None
    assert list(scan["resolution"]) == list(STARTS)
    assert not scan["turning_point"].any() and scan["ari_mean"].isna().all()


def test_every_cell_is_in_one_flow_and_failed_runs_are_passed_over(blobs, tmp_path):
    embedding, types = blobs
    cells = [f"cell_{i:06d}" for i in range(len(types))]
    truth = tmp_path / "truth.tsv"
    pd.DataFrame({"cell": cells, "cell_type": types}).to_csv(truth, sep="\t", index=False)
    runs = [tmp_path / name for name in ("good", "lost")]
    about = {"dataset": "d", "recipe": "standard", "perturbation": "none", "seed": 3}
    for run, status in zip(runs, ("ok", "failed"), strict=True):
        run.mkdir()
        record = about | {"status": status, "method": run.name}
        (run / "status.json").write_text(json.dumps(record))
    with h5py.File(runs[0] / "embedding.h5", "w") as file:
        file["X"], file["cells"] = embedding[::-1], np.array(cells[::-1], dtype="S")
    scan, flows = scans(runs, truth, 15)
    assert set(flows["method"]) == set(scan["method"]) == {"good"}
    assert set(flows["seed"]) == {3}
    counted = flows.groupby("cell_type")["cells"].sum().to_dict()
    assert counted == dict.fromkeys("abcd", 60)
