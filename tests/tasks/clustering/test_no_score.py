"""What cannot be scored, in part or at all, is a row that says why."""

import h5py
import numpy as np
import pandas as pd
import pytest

from clear.benchmark.tasks.clustering import TASK
from clear.benchmark.tasks.projection import umap_table
from clear.benchmark.tasks.score import score_run
from tests.tasks.clustering.runs import (
    BOTH,
    SETTINGS,
    TYPES,
    make_run,
    reasons,
    separate,
    served,
    values,
)


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


def test_without_data_there_is_a_row_and_an_empty_projection(tmp_path):
    run = make_run(tmp_path / "m", status="no_data")
    table = score_run(TASK, run, tmp_path / "absent.tsv", SETTINGS, served())
    assert table.status.tolist() == ["no_data"]
    assert len(umap_table([run], tmp_path / "absent.tsv", 10)) == 0
