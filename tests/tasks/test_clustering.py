"""From run folders and the truth to rows: tracks, order of cells, failures."""

import json

import h5py
import numpy as np
import pandas as pd
import pytest

from clear.benchmark.metrics.metric import metrics_of
from clear.benchmark.tasks.clustering import TASK
from clear.benchmark.tasks.collect import collect_runs, collect_scores
from clear.benchmark.tasks.projection import umap_table
from clear.benchmark.tasks.score import COLUMNS, RUN, score_run
from clear.benchmark.tsv import read_table, write_table

SETTINGS = {"kmeans_n_init": 5, "n_neighbors": 10, "leiden_resolution": 1.0}
TYPES = np.repeat(["x", "y", "z"], 30)
CELLS = np.array([f"cell_{i:06d}" for i in range(90)])


@pytest.fixture
def truth(tmp_path):
    path = tmp_path / "truth.tsv"
    table = pd.DataFrame({"cell": CELLS, "name": CELLS, "cell_type": TYPES})
    table.to_csv(path, sep="\t", index=False)
    return path


def make_run(folder, status="ok", embedding=None, clusters=None, order=None):
    order = np.arange(90) if order is None else order
    folder.mkdir(parents=True)
    about = dict(zip(RUN, ("d", "standard", "none", folder.name, 0), strict=True))
    record = about | {"status": status, "message": "why", "versions": {"numpy": "2"}}
    (folder / "status.json").write_text(json.dumps(record))
    if embedding is not None:
        with h5py.File(folder / "embedding.h5", "w") as file:
            file["X"] = embedding[order].astype("float32")
            file["cells"] = CELLS[order].tolist()
    if clusters:
        parts = [
            pd.DataFrame({"cell": CELLS[order], "cluster": np.asarray(own)[order], "track": track})
            for track, own in clusters.items()
        ]
        pd.concat(parts).to_csv(folder / "clusters.tsv", sep="\t", index=False)
    return folder


def separate(sd=0.05):
    onehot = np.eye(3)[np.unique(TYPES, return_inverse=True)[1]]
    return onehot + np.random.default_rng(1).normal(0, sd, onehot.shape)


@pytest.fixture
def scored(tmp_path, truth):
    """Score one made-up run."""
    return lambda **left: score_run(TASK, make_run(tmp_path / "m", **left), truth, SETTINGS)


def values(table, track):
    return table[table.track == track].set_index("metric")["value"]


def test_separate_types_score_one_on_both_tracks_in_any_order_of_cells(scored):
    table = scored(embedding=separate(), order=np.random.default_rng(2).permutation(90))
    assert list(table.columns) == COLUMNS
    for track in ("given_k", "estimated_k"):
        assert values(table, track)["ari"] == pytest.approx(1)
        assert values(table, track)["n_clusters"] == 3
    assert values(table, "embedding")["asw"] > 0.9


def test_noise_scores_about_zero(scored):
    table = scored(embedding=np.random.default_rng(3).normal(size=(90, 10)))
    assert abs(values(table, "given_k")["ari"]) < 0.1
    assert abs(values(table, "embedding")["asw"]) < 0.1


def test_own_clusters_are_scored_on_their_track_only(scored):
    own = {"estimated_k": np.repeat(["0", "1"], 45)}
    table = scored(embedding=separate(), clusters=own)
    assert values(table, "estimated_k")["n_clusters"] == 2
    assert values(table, "estimated_k")["ari"] < 0.9
    assert values(table, "given_k")["ari"] == pytest.approx(1)


def test_who_is_told_k_is_not_scored_on_its_estimation(tmp_path, truth):
    run = make_run(tmp_path / "m", embedding=separate())
    status = json.loads((run / "status.json").read_text()) | {"told": {"n_clusters": 3}}
    (run / "status.json").write_text(json.dumps(status))
    assert set(score_run(TASK, run, truth, SETTINGS).track) == {"given_k", "embedding"}


def test_a_run_with_nothing_to_cluster_has_no_scores(scored):
    table = scored()
    assert list(table.columns) == COLUMNS
    assert table.empty


def test_clusters_without_an_embedding_leave_the_other_track_out(scored):
    table = scored(clusters={"estimated_k": TYPES})
    assert set(table.track) == {"estimated_k"}
    assert values(table, "estimated_k")["accuracy"] == 1


def test_a_collapsed_embedding_is_a_result(scored):
    table = scored(embedding=np.ones((90, 4)))
    assert values(table, "given_k")["n_clusters"] == 1
    assert values(table, "given_k")["ari"] == 0


def test_a_failed_run_is_a_row_without_a_number(scored):
    table = scored(status="timeout")
    assert len(table) == 1
    assert table.iloc[0]["status"] == "timeout"
    assert pd.isna(table.iloc[0]["value"])


def test_scoring_twice_gives_the_same_bytes(tmp_path, truth):
    run = make_run(tmp_path / "m", embedding=separate(0.6))
    for name in ("a.tsv", "b.tsv"):
        write_table(score_run(TASK, run, truth, SETTINGS), tmp_path / name)
    assert (tmp_path / "a.tsv").read_bytes() == (tmp_path / "b.tsv").read_bytes()


def test_the_tidy_table_holds_every_planned_run(tmp_path, truth):
    good = make_run(tmp_path / "good", embedding=separate())
    bad = make_run(tmp_path / "bad", status="out_of_memory")
    for run in (good, bad):
        write_table(score_run(TASK, run, truth, SETTINGS), tmp_path / f"{run.name}.tsv")
    scores = collect_scores([tmp_path / "good.tsv", tmp_path / "bad.tsv"])
    assert scores.groupby("method").status.first().to_dict() == {
        "good": "ok",
        "bad": "out_of_memory",
    }
    scoring = {
        "d": {
            "good": {"clustering": None, "pseudotime": "not scored yet"},
            "bad": {"clustering": None},
        },
    }
    runs = collect_runs([good, bad], scores, scoring)
    assert runs.message.tolist() == ["why", "why"]
    of_clusters, of_embedding = metrics_of("clusters"), metrics_of("embedding")
    assert runs.scored.tolist() == [2 * len(of_clusters) + len(of_embedding), 0]
    assert runs.tasks.tolist() == [
        "clustering: given_k, estimated_k, embedding; pseudotime: not scored yet",
        "clustering: not scored, out of memory",
    ]
    write_table(scores, tmp_path / "scores.tsv")
    again = read_table(tmp_path / "scores.tsv")
    assert again.value.isna().sum() == 1
    assert list(again.columns) == COLUMNS


def test_without_data_there_is_a_row_and_an_empty_projection(tmp_path):
    run = make_run(tmp_path / "m", status="no_data")
    table = score_run(TASK, run, tmp_path / "absent.tsv", SETTINGS)
    assert table.status.tolist() == ["no_data"]
    assert len(umap_table([run], tmp_path / "absent.tsv", 10)) == 0


def test_umap_keeps_separate_types_apart_and_passes_over_failures(tmp_path, truth):
    runs = [
        make_run(tmp_path / "good", embedding=separate()),
        make_run(tmp_path / "bad", status="failed"),
    ]
    table = umap_table(runs, truth, 10)
    assert set(table.method) == {"good"}
    assert len(table) == 90
    centres = table.groupby("cell_type")[["umap1", "umap2"]].mean().to_numpy()
    spread = table.groupby("cell_type")[["umap1", "umap2"]].std().to_numpy().max()
    assert (
        min(np.linalg.norm(centres[i] - centres[j]) for i, j in [(0, 1), (0, 2), (1, 2)]) > spread
    )
