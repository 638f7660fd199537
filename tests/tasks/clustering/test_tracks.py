"""An embedding and own clusters are scored on their tracks, as a hand computation has it."""

import json
import random

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

from clear.benchmark.tasks.clustering import TASK
from clear.benchmark.tasks.score import COLUMNS, score_run
from clear.benchmark.tsv import write_table
from clear.clusters import kmeans, leiden, neighbour_graph
from tests.tasks.clustering.runs import BOTH, SETTINGS, TYPES, make_run, separate, served, values


def test_separate_types_score_one_on_both_tracks_in_any_order_of_cells(scored):
    table = scored(embedding=separate(), order=np.random.default_rng(2).permutation(90))
    assert list(table.columns) == COLUMNS
    for track in ("given_k", "estimated_k"):
        assert values(table, track)["ari"] == pytest.approx(1)
        assert values(table, track)["n_clusters"] == 3
        assert values(table, track, "scorer_sd")["ari"] == 0
    assert values(table, "embedding")["asw"] > 0.9


def test_noise_scores_about_zero(scored):
    table = scored(embedding=np.random.default_rng(3).normal(size=(90, 10)))
    assert abs(values(table, "given_k")["ari"]) < 0.1
    assert values(table, "given_k", "scorer_sd")["ari"] > 0
    assert abs(values(table, "embedding")["asw"]) < 0.1


def test_scores_are_means_over_seeds_of_the_scorer_whatever_the_seed_of_the_method(tmp_path, truth):
    embedding = np.random.default_rng(4).normal(size=(90, 3))
    tables = [
        score_run(
            TASK,
            make_run(tmp_path / f"seed{seed}", embedding=embedding, seed=seed),
            truth,
            SETTINGS,
            served(),
        )
        for seed in (0, 7)
    ]
    pd.testing.assert_series_equal(tables[0]["value"], tables[1]["value"])
    clusters = [KMeans(3, n_init=50, random_state=seed).fit_predict(embedding) for seed in range(5)]
    ari = [adjusted_rand_score(TYPES, found) for found in clusters]
    assert values(tables[0], "given_k")["ari"] == pytest.approx(np.mean(ari))
    assert values(tables[0], "given_k", "scorer_sd")["ari"] == pytest.approx(np.std(ari, ddof=1))


def test_the_estimated_track_is_leiden_at_one_half_beside_the_mean_of_the_sweep(scored):
    table = scored(embedding=separate(0.5))
    curve = {f"leiden_{i / 10:.1f}": values(table, f"leiden_{i / 10:.1f}") for i in range(1, 21)}
    graph = neighbour_graph(separate(0.5).astype("float32"), 10)
    for at, seeds in ((0.5, range(5)), (2.0, [0])):
        found = [leiden(graph, at, seed) for seed in seeds]
        ari = np.mean([adjusted_rand_score(TYPES, clusters) for clusters in found])
        assert curve[f"leiden_{at}"]["ari"] == pytest.approx(ari)
    number = [point["n_clusters"] for point in curve.values()]
    assert number[0] < number[-1] == len(set(found[0]))
    assert values(table, "estimated_k").to_dict() == curve["leiden_0.5"].to_dict()
    for metric, value in values(table, "sweep").items():
        assert value == pytest.approx(np.mean([point[metric] for point in curve.values()]))


def test_own_clusters_are_scored_on_their_track_only(scored):
    own = {"estimated_k": np.repeat(["0", "1"], 45)}
    table = scored(BOTH, embedding=separate(), clusters=own)
    assert values(table, "own_k")["n_clusters"] == 2
    assert values(table, "own_k")["ari"] == pytest.approx(
        adjusted_rand_score(TYPES, own["estimated_k"])
    )
    for track in ("given_k", "estimated_k"):
        assert values(table, track)["ari"] == pytest.approx(1)


def test_an_unassigned_cell_is_a_cluster_by_itself(scored):
    own = {"estimated_k": np.array(["x"] * 28 + ["-1"] * 2 + ["y"] * 30 + ["z"] * 30)}
    table = scored(["clusters_estimated_k"], clusters=own)
    assert values(table, "own_k")["n_clusters"] == 5
    assert values(table, "own_k")["accuracy"] == pytest.approx(88 / 90)
    assert values(table, "own_k")["homogeneity"] == pytest.approx(1)


def test_who_is_told_k_is_not_scored_on_its_estimation(tmp_path, truth):
    run = make_run(tmp_path / "m", embedding=separate())
    status = json.loads((run / "status.json").read_text()) | {"told": {"n_clusters": 3}}
    (run / "status.json").write_text(json.dumps(status))
    table = score_run(TASK, run, truth, SETTINGS, served(told=["n_clusters"]))
    assert set(table.track) == {"given_k", "embedding"}


def test_clusters_without_an_embedding_have_their_own_track_only(scored):
    table = scored(["clusters_estimated_k"], clusters={"estimated_k": TYPES})
    assert set(table.track) == {"own_k"}
    assert values(table, "own_k")["accuracy"] == 1


def test_clusters_are_the_same_whatever_the_global_random_state_is(scored):
    found = []
    for state in range(2):
        random.seed(state)
        np.random.seed(state)  # noqa: NPY002
        graph = neighbour_graph(separate(0.6), 10)
        found.append((leiden(graph, 1.0, 0), kmeans(separate(0.6), 3, 0, 10)))
    for first, second in zip(*found, strict=True):
        assert first.tolist() == second.tolist()


def test_scoring_twice_gives_the_same_bytes(tmp_path, truth):
    run = make_run(tmp_path / "m", embedding=separate(0.6))
    for name in ("a.tsv", "b.tsv"):
        write_table(score_run(TASK, run, truth, SETTINGS, served()), tmp_path / name)
    assert (tmp_path / "a.tsv").read_bytes() == (tmp_path / "b.tsv").read_bytes()
