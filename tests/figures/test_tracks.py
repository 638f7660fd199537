"""Which datasets and methods a figure of one task shows."""

from clear.benchmark.figures.tracks import of_task
from clear.benchmark.tasks.clustering import TASK


def test_a_figure_of_clustering_leaves_out_what_has_no_clusters():
    datasets = {"cells": {"tasks": ["clustering", "batch"]}, "path": {"tasks": ["pseudotime"]}}
    methods = {
        "pca": {"outputs": ["embedding"], "told": []},
        "rooted": {"outputs": ["pseudotime"], "told": ["root"]},
        "rooted_embedding": {"outputs": ["embedding"], "told": ["root"]},
        "labels": {"outputs": ["embedding"], "told": ["labels"], "implementation": "control"},
    }
    found = of_task({"datasets": datasets, "methods": methods, "config": {}}, TASK)
    assert list(found["datasets"]) == ["cells"]
    assert list(found["methods"]) == ["pca", "labels"]
    assert found["config"] == {} and list(datasets) == ["cells", "path"]
