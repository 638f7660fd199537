"""The tables of all runs: every planned run is there, and a table that was cut is named."""

import pandas as pd
import pytest

from clear.benchmark.metrics.metric import metrics_of
from clear.benchmark.tasks.collect import collect_runs, collect_scores
from clear.benchmark.tasks.score import COLUMNS
from clear.benchmark.tsv import read_table, write_table
from clear.errors import ClearError


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
