"""From run folders and the truth to rows: tracks, order of cells, failures."""

import json
import random
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

from clear.benchmark.metrics.metric import metrics_of
from clear.benchmark.tasks.clustering import TASK
from clear.benchmark.tasks.collect import collect_runs, collect_scores
from clear.benchmark.tasks.projection import umap_table
from clear.benchmark.tasks.score import COLUMNS, RUN, score_run
from clear.benchmark.tsv import read_table, write_table
from clear.clusters import kmeans, leiden, neighbour_graph
from clear.errors import ClearError

SETTINGS = {"n_neighbors": 10}
BOTH = ["embedding", "clusters_estimated_k"]
TYPES = np.repeat(["x", "y", "z"], 30)
CELLS = np.array([f"cell_{i:06d}" for i in range(90)])


@pytest.fixture
def truth(tmp_path):
    path = tmp_path / "truth.tsv"
    table = pd.DataFrame({"cell": CELLS, "name": CELLS, "cell_type": TYPES})
    table.to_csv(path, sep="\t", index=False)
    return path


def make_run(folder, status="ok", embedding=None, clusters=None, order=None, method=None, seed=0):
    order = np.arange(90) if order is None else order
    folder.mkdir(parents=True)
    about = dict(zip(RUN, ("d", "standard", "none", method or folder.name, seed), strict=True))
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


def served(outputs=("embedding",), told=()):
    return TASK.served({"outputs": outputs, "told": told})


@pytest.fixture
def scored(tmp_path, truth):
    """Score one made-up run of a method with these outputs."""

    def score(outputs=("embedding",), **left):
        run = make_run(tmp_path / "m", **left)
        return score_run(TASK, run, truth, SETTINGS, served(outputs))

    return score


def values(table, track, column="value"):
    return table[table.track == track].set_index("metric")[column]


def reasons(table):
    lost = table[table.metric.isna()].set_index("track")
    return lost["status"].to_dict(), lost["message"].to_dict()


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


def test_a_collapsed_embedding_is_a_result(scored):
    table = scored(embedding=np.ones((90, 4)))
    assert values(table, "given_k")["n_clusters"] == 1
    assert values(table, "given_k")["ari"] == 0


def test_a_failed_run_is_a_row_without_a_number(scored):
    table = scored(status="timeout")
    assert len(table) == 1
    assert table.iloc[0]["status"] == "timeout"
    assert pd.isna(table.iloc[0]["value"])


def test_outputs_that_were_removed_or_changed_after_the_run_are_rows_that_say_so(scored, tmp_path):
    table = scored(BOTH, clusters={"estimated_k": TYPES})
    assert values(table, "own_k")["ari"] == 1
    statuses, messages = reasons(table)
    assert set(statuses) == set(served(BOTH)) - {"own_k"}
    assert set(statuses.values()) == {"bad_output"}
    assert "embedding is no longer in the run's folder" in messages["embedding"]
    (tmp_path / "m").rename(tmp_path / "before")
    (row,) = scored(embedding=separate() * 1e20).to_dict("records")
    assert row["status"] == "bad_output" and pd.isna(row["track"])
    assert "above 1e+14" in row["message"]


def small(folder, types):
    """Score an embedding of as many cells as types are given."""
    cells = [f"cell_{i}" for i in range(len(types))]
    table = pd.DataFrame({"cell": cells, "cell_type": types})
    table.to_csv(folder / "truth.tsv", sep="\t", index=False)
    run = make_run(folder / "m")
    with h5py.File(run / "embedding.h5", "w") as file:
        file["X"] = np.random.default_rng(0).normal(size=(len(types), 4)).astype("float32")
        file["cells"] = cells
    return score_run(TASK, run, folder / "truth.tsv", SETTINGS, served()), run


@pytest.mark.parametrize(
    ("types", "reason"),
    [
        (["a"] * 60, "all cells are of one type"),
        ([""] * 60, "all cells are of one type"),
    ],
)
def test_labels_that_separate_nothing_score_nothing(tmp_path, types, reason):
    table, _ = small(tmp_path, types)
    statuses, messages = reasons(table)
    assert set(statuses) == set(served()) and table["value"].isna().all()
    assert set(statuses.values()) == {"not_applicable"} and set(messages.values()) == {reason}


def test_as_many_types_as_cells_are_found_by_any_embedding_of_given_k(tmp_path):
    table, _ = small(tmp_path, list("abcd"))
    statuses, messages = reasons(table)
    unscored = {track for track, status in statuses.items() if status == "not_applicable"}
    assert unscored == {"given_k", "embedding"}
    assert {messages[track] for track in unscored} == {"every cell has its own type"}
    assert table[(table.track == "leiden_0.1") & (table.metric == "ari")]["value"].item() == 0


@pytest.mark.parametrize(("types", "on_plane"), [("aab", 0), ("aabb", 4), ("aabba", 5)])
def test_of_very_few_cells_all_is_scored_and_drawn_that_can_be(tmp_path, types, on_plane):
    table, run = small(tmp_path, list(types))
    assert table["value"].notna().all() and set(table.track) == set(served())
    assert len(umap_table([run], tmp_path / "truth.tsv", 10)) == on_plane


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


@pytest.fixture
def two(tmp_path, truth):
    """A run that succeeded and one that did not, with their tables, as the workflow has them."""
    names = {"good": "ok", "bad": "out_of_memory"}
    folders, tables = [], []
    for name, status in names.items():
        where = Path("d/standard/none", name)
        run = make_run(tmp_path / "methods" / where / "seed0", status=status, method=name)
        if status == "ok":
            with h5py.File(run / "embedding.h5", "w") as file:
                file["X"], file["cells"] = separate().astype("float32"), CELLS.tolist()
        table = tmp_path / "scores/clustering" / where.with_suffix(".tsv")
        table.parent.mkdir(parents=True, exist_ok=True)
        write_table(score_run(TASK, run, truth, SETTINGS, served()), table)
        folders.append(run)
        tables.append(table)
    return tables, folders, {"clustering": dict.fromkeys(names, served())}


def test_the_tidy_table_holds_every_planned_run(two, tmp_path):
    tables, folders, tracks = two
    scores = collect_scores(tables, folders, tracks)
    assert scores.groupby("method").status.first().to_dict() == {
        "good": "ok",
        "bad": "out_of_memory",
    }
    scoring = {
        "d": {
            "good": {"clustering": None, "covid": "has no score"},
            "bad": {"clustering": None},
        },
    }
    runs = collect_runs(folders, scores, scoring)
    assert runs.message.tolist() == ["why", "why"]
    of_clusters, of_embedding = metrics_of("clusters"), metrics_of("embedding")
    assert runs.scored.tolist() == [23 * len(of_clusters) + len(of_embedding), 0]
    assert runs.tasks.tolist() == [
        "clustering: given_k, estimated_k, sweep, embedding; covid: has no score",
        "clustering: not scored, out of memory",
    ]
    write_table(scores, tmp_path / "scores.tsv")
    again = read_table(tmp_path / "scores.tsv")
    assert again.value.isna().sum() == 1
    assert list(again.columns) == COLUMNS


def test_the_list_of_runs_says_why_a_track_has_no_score(two):
    tables, folders, tracks = two
    table = read_table(tables[0])
    lost = table[table.track != "estimated_k"]
    row = table.iloc[:1].assign(track="estimated_k", metric=None, value=None)
    row = row.assign(status="not_applicable", message="too few cells")
    write_table(pd.concat([lost, row]), tables[0])
    scores = collect_scores(tables[:1], folders[:1], tracks)
    runs = collect_runs(folders[:1], scores, {"d": {"good": {"clustering": None}}})
    assert runs.tasks.tolist() == [
        "clustering: given_k, sweep, embedding, not estimated_k (too few cells)"
    ]


@pytest.mark.parametrize("cut", ["rows", "row", "all", "header", "failed run"])
def test_a_table_that_was_cut_is_named(two, cut):
    tables, folders, tracks = two
    table = tables[cut == "failed run"]
    lines = table.read_text().splitlines(keepends=True)
    left = {
        "rows": "".join(lines[:-3]),
        "row": "".join(lines)[:-20],
        "all": "",
        "header": lines[0],
        "failed run": lines[0],
    }
    table.write_text(left[cut])
    with pytest.raises(ClearError, match=rf"{table}: not whole .*delete it and run the same"):
        collect_scores(tables, folders, tracks)


def test_without_data_there_is_a_row_and_an_empty_projection(tmp_path):
    run = make_run(tmp_path / "m", status="no_data")
    table = score_run(TASK, run, tmp_path / "absent.tsv", SETTINGS, served())
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
