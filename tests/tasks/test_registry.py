"""Tasks are found, not listed; each says why it does not score a method."""

import sys

import pytest

from clear.benchmark.discover import defined
from clear.benchmark.metrics.metric import Metric, all_metrics
from clear.benchmark.tasks.clustering import TASK
from clear.benchmark.tasks.registry import all_tasks, task_names, why_not
from clear.benchmark.tasks.task import Track
from clear.benchmark.vocabulary import UNSCORED_TASKS
from clear.errors import ClearError

LABELLED = {"label": "cell_type", "batch": None}
EMBEDDING = {"outputs": ["embedding"], "told": []}


def test_what_modules_define_is_found_and_others_are_not_imported(tmp_path, monkeypatch):
    package = tmp_path / "found_here"
    package.mkdir()
    texts = {"__init__": "", "b": "TASK = 2\n", "a": "TASK: int = 1\n", "helper": "raise OSError\n"}
    for name, text in texts.items():
        (package / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    assert defined("found_here", "TASK") == {"a": 1, "b": 2}
    assert "found_here.helper" not in sys.modules


def test_cards_may_name_scored_and_planned_tasks():
    assert set(task_names()) == {*all_tasks(), *UNSCORED_TASKS}


@pytest.mark.parametrize(
    ("task", "dataset", "method", "words"),
    [
        ("covid", LABELLED, EMBEDDING, "has no score"),
        ("clustering", {"label": None}, EMBEDDING, "card has no label"),
        ("clustering", LABELLED, {"outputs": ["pseudotime"]}, "writes a pseudotime"),
        ("clustering", LABELLED, EMBEDDING | {"told": ["labels"]}, "told the true cell types"),
        ("clustering", LABELLED, EMBEDDING | {"told": ["n_clusters", "batch"]}, None),
        (
            "clustering",
            LABELLED,
            EMBEDDING | {"told": ["labels"], "implementation": "control"},
            None,
        ),
        ("batch", LABELLED, EMBEDDING, "card has no batch"),
        (
            "clustering",
            LABELLED,
            EMBEDDING | {"told": ["labels_of_one_batch"]},
            "told the cell types of one batch",
        ),
    ],
)
def test_why_a_method_is_not_scored(task, dataset, method, words):
    reason = why_not(task, dataset, method)
    assert reason is None if words is None else words in reason


@pytest.mark.parametrize(
    ("outputs", "told", "tracks"),
    [
        (["embedding"], [], ["given_k", "estimated_k", "sweep", "embedding"]),
        (["embedding"], ["n_clusters"], ["given_k", "embedding"]),
        (["clusters_given_k"], ["n_clusters"], ["given_k"]),
        (["clusters_estimated_k"], [], ["own_k"]),
        (["pseudotime"], [], []),
    ],
)
def test_tracks_of_clustering_by_what_a_card_promises(outputs, told, tracks):
    served = TASK.served({"outputs": outputs, "told": told})
    assert [name for name in served if not TASK.tracks[name].curve] == tracks


def test_a_track_names_outputs_that_exist():
    with pytest.raises(ClearError, match="Task clustering: 'embeding' is not in"):
        type(TASK)(**vars(TASK) | {"tracks": {"x": Track("X", "clusters", ("embeding",))}})


def test_every_task_has_metrics_on_every_track_and_ranks_by_one():
    for task in all_tasks().values():
        for track in task.tracks.values():
            assert any(metric.of == track.of for metric in all_metrics().values())
        assert all_metrics()[task.ranking].better


def test_a_metric_is_better_higher_or_lower():
    with pytest.raises(ClearError, match="Metric X: better is 'higher', 'lower' or None"):
        Metric("X", "clusters", len, 0, 1, "more", "")
