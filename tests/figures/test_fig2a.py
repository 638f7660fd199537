"""Fig. 2A shows every run once, on the right track."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb

from clear.benchmark.figures import fig2a, style


def drawn_from(synthetic, scores, manifest, recipe="standard"):
    """Fig. 2A of these scores with the statistics that belong to them."""
    return fig2a.draw(scores, synthetic.statistics(manifest, scores), manifest, recipe)


def axes_of(fig):
    return {ax.get_gid(): ax for ax in fig.axes}


def points(ax, method):
    (found,) = [c for c in ax.collections if c.get_gid() == f"seeds {method}"]
    return np.asarray(found.get_offsets())


def means(ax, method):
    return [line.get_ydata()[0] for line in ax.lines if line.get_gid() == f"mean {method}"]


def letters(ax):
    return {tuple(text.get_gid().split()): text.get_text() for text in ax.texts}


@pytest.fixture
def drawn(synthetic):
    manifest = synthetic.manifest()
    scores = synthetic.scores(manifest, failures=synthetic.FAILURES)
    return drawn_from(synthetic, scores, manifest), scores, manifest


def test_every_run_is_one_point_at_its_value(drawn):
    fig, scores, manifest = drawn
    for gid, ax in axes_of(fig).items():
        metric, track = gid.split()
        rows = scores[(scores["metric"] == metric) & (scores["track"] == track)]
        for method in manifest["methods"]:
            expected = rows[rows["method"] == method]["value"]
            drawn_values = points(ax, method)[:, 1] if len(expected) else []
            assert sorted(drawn_values) == pytest.approx(sorted(expected))


def test_axes_have_the_words_of_their_track(drawn):
    ax = axes_of(drawn[0])["ari estimated_k"]
    assert ax.get_title(loc="left") == "Number of clusters estimated (Leiden, 0.5)"


def test_mean_marks_are_the_means_over_seeds(drawn):
    fig, scores, manifest = drawn
    ax = axes_of(fig)["nmi estimated_k"]
    rows = scores[(scores["metric"] == "nmi") & (scores["track"] == "estimated_k")]
    expected = [
        rows[(rows["dataset"] == d) & (rows["method"] == "scvi")]["value"].sum() / n
        for d, n in zip(manifest["datasets"], (2, 1, 0, 2, 2), strict=True)
        if n
    ]
    assert means(ax, "scvi") == pytest.approx(expected)


def test_points_stand_in_the_group_of_their_dataset(drawn):
    fig, _, manifest = drawn
    ax = axes_of(fig)["ari given_k"]
    group = (ax.get_xlim()[1] - ax.get_xlim()[0]) / len(manifest["datasets"])
    assert [int(x // group) for x, _ in points(ax, "clear")] == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    names = [tick.get_text().split()[0] for tick in axes_of(fig)["nmi given_k"].get_xticklabels()]
    assert names == ["Yan", "Deng", "Pollen", "PBMC", "Simulated"]


def test_failed_runs_have_letters_where_they_are_served_and_the_legend_explains_them(drawn):
    fig, _, manifest = drawn
    for ax in fig.axes:
        found = letters(ax)
        if ax.get_gid().endswith("own_k"):
            assert {key[2] for key in found} == {"seurat"}
            continue
        assert found["timeout", "deng", "scvi"] == "T"
        assert found["out_of_memory", "pollen", "scvi"] == "M"
        assert sum(key[0] == "not_installed" for key in found) == len(manifest["datasets"])
        for text in ax.texts:  # under the scores, inside the axes
            assert ax.get_ylim()[0] < text.get_position()[1] < 0
    explained = fig._supxlabel.get_text().replace("\n", " ")
    assert "T timeout, M out of memory, N not installed" in explained
    assert "bad output" not in explained


def test_tracks_are_not_mixed_and_a_track_not_served_stays_blank(synthetic):
    spec = {
        "clear": ("CLEAR", "upstream", ["embedding"], 0.5),
        "own": ("Own", "upstream", ["clusters_given_k"], 0.9),
        "broken": ("Broken", "upstream", ["clusters_given_k"], 0.9),
    }
    manifest = synthetic.manifest(methods=spec)
    levels = {"clear": 0.5, "own": 0.9, "broken": 0.9}
    scores = synthetic.scores(manifest, levels, {(None, "broken"): "failed"})
    axes = axes_of(drawn_from(synthetic, scores, manifest))
    assert len(means(axes["ari given_k"], "own")) == 5
    assert means(axes["ari estimated_k"], "own") == []
    assert len(letters(axes["ari given_k"])) == 5
    assert letters(axes["ari estimated_k"]) == {}


@pytest.mark.parametrize(("datasets", "methods", "seeds"), [(1, 3, 1), (10, 16, 5), (10, 4, 2)])
def test_small_and_large_runs_fit(synthetic, tmp_path, datasets, methods, seeds):
    data, chosen = synthetic.many(datasets, methods)
    manifest = synthetic.manifest(data, chosen, range(seeds))
    levels = {name: spec[3] for name, spec in chosen.items()}
    failures = {("deng", "clear", 0): "failed", ("deng", "control_random"): "bad_output"}
    fig = drawn_from(synthetic, synthetic.scores(manifest, levels, failures), manifest)
    style.save(fig, tmp_path / "a.pdf", tmp_path / "a.png")
    renderer = FigureCanvasAgg(fig).get_renderer()
    fig.draw(renderer)
    page = fig.bbox.padded(1)
    for ax in fig.axes:
        boxes = [t.get_window_extent(renderer) for t in ax.get_xticklabels() if t.get_text()]
        for left, right in pairwise(boxes):
            assert left.x1 <= right.x0
        for box in boxes:
            assert box.x0 >= page.x0
            assert box.x1 <= page.x1
    (legend,) = fig.legends
    assert legend.get_window_extent(renderer).x0 >= page.x0
    tops = [ax.get_window_extent(renderer).y1 for ax in fig.axes]
    assert legend.get_window_extent(renderer).y0 >= max(tops)


def test_recipes_are_drawn_apart(synthetic):
    manifest = synthetic.manifest()
    scores = synthetic.scores(manifest, failures={})
    released = scores.assign(recipe="released", value=scores["value"] / 2)
    both = pd.concat([scores, released])
    ours = drawn_from(synthetic, both, manifest)
    theirs = drawn_from(synthetic, both, manifest, "released")
    for gid, ax in axes_of(ours).items():
        for method in ("clear", "scvi"):
            lower = points(axes_of(theirs)[gid], method)[:, 1]
            assert lower == pytest.approx(points(ax, method)[:, 1] / 2)
    assert "released code" in theirs.legends[0].get_title().get_text()
    assert ours.legends[0].get_title().get_text() == ""


def test_several_statuses_of_one_method_are_all_shown(synthetic):
    manifest = synthetic.manifest(seeds=(0, 1, 2))
    failures = {("yan", "clear", 0): "failed", ("yan", "clear", 2): "timeout"}
    fig = drawn_from(synthetic, synthetic.scores(manifest, failures=failures), manifest)
    assert letters(fig.axes[0])["failed", "timeout", "yan", "clear"] == "F\nT"
    assert len(points(fig.axes[0], "clear")) == 1 + 4 * 3


def test_a_run_in_which_everything_failed_is_drawn(synthetic):
    manifest = synthetic.manifest()
    failures = {(None, method): "failed" for method in manifest["methods"]}
    fig = drawn_from(synthetic, synthetic.scores(manifest, failures=failures), manifest)
    assert len(letters(fig.axes[0])) == 5 * 6


def test_controls_are_grey_and_last_and_clear_is_first(synthetic):
    manifest = synthetic.manifest()
    manifest["methods"] = dict(reversed(manifest["methods"].items()))
    styles = style.method_styles(manifest)
    assert next(iter(styles)) == "clear"
    assert set(list(styles)[-2:]) == {"control_random", "control_labels"}
    for name, look in styles.items():
        red, green, blue = to_rgb(look["color"])
        assert (red == green == blue) == name.startswith("control")


def test_twenty_methods_differ(synthetic):
    spec = {f"m{i}": (f"M{i}", "upstream", ["embedding"], 0.5) for i in range(22)}
    styles = style.method_styles(synthetic.manifest(methods=spec))
    assert len({tuple(look.values()) for look in styles.values()}) == 22
    assert len(set(style.TYPE_COLOURS)) == 40


def test_a_run_without_clustering_says_so(synthetic):
    manifest = synthetic.manifest()
    scores = synthetic.scores(manifest)
    for card in manifest["datasets"].values():
        card["tasks"] = ["pseudotime"]
    (words,) = drawn_from(synthetic, scores, manifest).texts
    assert words.get_text() == "No dataset, or no method, of this run is for clustering."
