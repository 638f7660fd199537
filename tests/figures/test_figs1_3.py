"""Figs. S1 to S3: every metric of every track, at the means, with the seeds' range and the lost."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from clear.benchmark.figures import figs1_3

PREPARE = {"types": dict.fromkeys("abcdefg", 9)}
FAILURES = {("deng", "seurat"): "not_installed", ("deng", "scvi", 1): "timeout"}
SHOWN = {"recipe": "standard", "perturbation": "none"}


@pytest.fixture
def manifest(synthetic):
    return synthetic.manifest()


@pytest.fixture
def statistics(synthetic, manifest):
    scores = synthetic.scores(manifest, failures=FAILURES)
    lower = [scores.assign(perturbation="dropout_10"), scores.assign(recipe="released")]
    lower = pd.concat(lower).assign(value=0.0)
    return synthetic.statistics(manifest, pd.concat([scores, lower], ignore_index=True))


@pytest.fixture
def panels(statistics, manifest):
    fig = figs1_3.draw(statistics, PREPARE, manifest, "deng", "standard")
    return {tuple(ax.get_gid().split()): ax for ax in fig.axes}


def test_every_metric_of_a_track_has_a_panel(statistics, panels):
    of_track = statistics.groupby("track")["metric"].unique()
    for track in ("given_k", "estimated_k", "own_k"):
        shown = {metric for metric, of in panels if of == track}
        left_out = {"v_measure", *(["n_clusters"] if track == "given_k" else [])}
        assert shown == set(of_track[track]) - left_out
    assert ("asw", "embedding") in panels


def test_a_mark_is_at_the_mean_and_a_line_spans_the_seeds(statistics, panels):
    rows = statistics[(statistics[list(SHOWN)] == pd.Series(SHOWN)).all(axis=1)]
    rows = rows[rows["dataset"] == "deng"].set_index(["metric", "track", "method"])
    for panel, ax in panels.items():
        lines = {line.get_gid(): line.get_xdata() for line in ax.lines}
        for method in ("clear", "control_labels"):
            if (*panel, method) in rows.index:
                row = rows.loc[(*panel, method)]
                assert lines[method] == pytest.approx([row["mean"]])
                assert lines[f"seeds {method}"] == pytest.approx([row["min"], row["max"]])
            else:
                assert method not in lines
        assert "seurat" not in lines  # not installed


def test_lines_are_named_in_order_with_the_runs_that_have_no_score(panels):
    names = [label.get_text() for label in panels["ari", "given_k"].get_yticklabels()]
    assert names == [
        *("CLEAR", "PCA + k-means", "scVI: 1 timeout", "Seurat: 1 not installed"),
        *("Control: random", "Control: labels"),
    ]
    marks = {line.get_gid(): line.get_ydata()[0] for line in panels["nmi", "given_k"].lines}
    assert [marks[name] for name in ("clear", "pca", "scvi", "control_labels")] == [0, 1, 2, 5]
    own = [label.get_text() for label in panels["ari", "own_k"].get_yticklabels()]
    assert own == ["Seurat: 1 not installed"]


def test_the_number_of_types_stands_beside_the_numbers_of_clusters(panels):
    (line,) = [x for x in panels["n_clusters", "estimated_k"].lines if x.get_gid() == "types"]
    assert list(line.get_xdata()) == [7, 7]


def test_many_methods_do_not_overlap(synthetic):
    data, methods = synthetic.many(1, 16)
    manifest = synthetic.manifest(data, methods)
    levels = {name: spec[3] for name, spec in methods.items()}
    failures = {("deng", "scdha", 0): "failed", ("deng", "scdha", 1): "out_of_memory"}
    statistics = synthetic.statistics(manifest, synthetic.scores(manifest, levels, failures))
    fig = figs1_3.draw(statistics, PREPARE, manifest, "deng", "standard")
    renderer = FigureCanvasAgg(fig).get_renderer()
    fig.draw(renderer)
    for ax in fig.axes:
        names = [label.get_window_extent(renderer) for label in ax.get_yticklabels()]
        if ax.get_gid().startswith("ari"):
            assert min(box.x0 for box in names) >= 0
            tops = [box.y1 for box in names]
            assert np.all([box.y0 >= top for box, top in zip(names, tops[1:], strict=False)])


def test_without_a_score_it_says_so(statistics, manifest):
    empty = statistics.assign(mean=np.nan)
    fig = figs1_3.draw(empty, PREPARE, manifest, "deng", "standard")
    assert "Deng: no run has a score" in fig.texts[0].get_text()
