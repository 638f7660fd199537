"""Fig. 3: the numbers and cells of small tables are found in the pictures."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgba

from clear.benchmark.figures import fig3a, fig3b
from clear.benchmark.figures.fig3a import FIGURE
from clear.benchmark.figures.style import BATCH_COLOURS, TYPE_COLOURS

METRICS = ("c_ari", "one_minus_b_ari", "c_asw", "one_minus_b_asw", "f1_ari", "f1_asw", "balance")
SAME = {"dataset": "yan", "recipe": "standard", "perturbation": "none", "task": "batch"}


@pytest.fixture
def manifest(synthetic):
    manifest = synthetic.manifest()
    manifest["methods"]["scvi"]["told"] = ["batch"]
    return manifest


@pytest.fixture
def statistics():
    balance = {"pca": 0.3, "clear": 0.6, "scvi": 0.8, "control_labels": 0.99}
    rows = [
        {"method": method, "metric": metric, "mean": level, "sd": 0.03, "scorer_sd": 0.04}
        for method, level in balance.items()
        for metric in METRICS
        if (method, metric) != ("pca", "f1_asw")
    ]
    return pd.DataFrame(rows).assign(track="any", **SAME)


@pytest.fixture
def umap(synthetic, manifest):
    """Types 0 and 1 are in both batches, type 2 in one."""
    table = synthetic.umap(manifest, "yan", ["clear", "scvi"], 90, ["a", "b", "c"])
    batches = np.where(np.arange(len(table)) % 2, "x", "y")
    return table.assign(batch=np.where(table["cell_type"] == "c", "x", batches))


def panel(fig, gid):
    (found,) = [ax for ax in fig.axes if ax.get_gid() == gid]
    return found


def test_bars_are_means_with_the_spread_of_both_in_the_order_of_the_balance(statistics, manifest):
    fig = fig3b.draw(statistics, manifest, "yan", "standard")
    axes = panel(fig, "balance")
    labels = [text.get_text() for text in panel(fig, "f1_ari").get_yticklabels()]
    assert labels == ["scVI *", "CLEAR", "PCA + k-means", "Control: labels"]
    bars = {p.get_gid(): p.get_width() for p in axes.patches}
    assert bars == {
        "bar scvi": 0.8, "bar clear": 0.6, "bar pca": 0.3, "bar control_labels": 0.99
    }  # fmt: skip
    assert any(
        np.allclose(line.get_xdata(), [0.55, 0.65]) and np.allclose(line.get_ydata(), [1, 1])
        for line in axes.lines
    )
    markers = [line for line in axes.lines if line.get_marker() not in ("None", "", None)]
    assert len(markers) == 4 and not any(line.get_clip_on() for line in markers)
    assert [text.get_text() for text in panel(fig, "f1_asw").texts] == ["no value"]


def test_scatter_has_each_method_at_its_means(statistics, manifest):
    statistics.loc[statistics["metric"] == "c_ari", "mean"] /= 2
    axes = panel(fig3b.draw(statistics, manifest, "yan", "standard"), "c_ari")
    points = {line.get_gid(): line.get_xydata()[0].tolist() for line in axes.lines}
    assert points["clear"] == [0.6, 0.3]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("1 - bARI", "cARI")


def test_a_scatter_without_points_says_so(statistics, manifest):
    """As where no type is in all batches: the metrics of mixing then have no value."""
    statistics.loc[statistics["metric"] == "one_minus_b_ari", "mean"] = np.nan
    fig = fig3b.draw(statistics, manifest, "yan", "standard")
    assert [t.get_text() for t in panel(fig, "c_ari").texts] == ["no method has both values"]
    assert panel(fig, "c_asw").lines and not panel(fig, "c_asw").texts


def test_upper_panels_show_shared_types_by_batch_and_lower_ones_all_by_type(
    umap, statistics, manifest, synthetic
):
    runs = synthetic.runs(manifest, synthetic.scores(manifest))
    fig = fig3a.draw(umap, runs, statistics, manifest, "yan", "standard")
    mine = umap[umap["method"] == "scvi"]
    shared = mine[mine["cell_type"] != "c"]
    (upper,), (lower,) = (panel(fig, f"{kind} scvi").collections for kind in ("batch", "type"))
    assert len(upper.get_offsets()) == len(shared) and len(lower.get_offsets()) == 90
    colour_of = dict(
        zip(
            [text.get_text() for text in fig.legends[0].get_texts()],
            [to_rgba(handle.get_color()) for handle in fig.legends[0].legend_handles],
            strict=True,
        )
    )
    for points, cells, column in ((upper, shared, "batch"), (lower, mine, "cell_type")):
        labels = cells.set_index(["umap1", "umap2"])[column]
        for place, colour in zip(points.get_offsets(), points.get_facecolors(), strict=True):
            assert colour_of[labels[tuple(place)]] == pytest.approx(tuple(colour))
    assert panel(fig, "batch scvi").get_title() == "scVI\u00a0*\nbalance 0.80"
    assert panel(fig, "batch scvi").get_xlim() == panel(fig, "type scvi").get_xlim()
    assert panel(fig, "batch clear").get_ylabel() == "types in all batches,\nby batch"
    (why,) = panel(fig, "batch seurat").texts
    assert " ".join(why.get_text().split()) == (
        "not installed not_installed: see <output.log> & retry"
    )


def test_where_no_type_is_in_all_batches_those_of_several_are_shown(
    umap, statistics, manifest, synthetic
):
    """Type a is in two of three batches, b and c have one of their own."""
    umap["batch"] = np.select([umap["cell_type"] == "b", umap["cell_type"] == "c"], ["x", "z"], "y")
    umap.loc[umap.index[umap["cell_type"] == "a"][::2], "batch"] = "x"
    runs = synthetic.runs(manifest, synthetic.scores(manifest))
    fig = fig3a.draw(umap, runs, statistics, manifest, "yan", "standard")
    mine = umap[(umap["method"] == "scvi") & (umap["cell_type"] == "a")]
    (upper,) = panel(fig, "batch scvi").collections
    assert {tuple(place) for place in upper.get_offsets()} == set(
        zip(mine["umap1"], mine["umap2"], strict=True)
    )
    assert panel(fig, "batch clear").get_ylabel().startswith("types in several batches")


def test_a_batch_never_has_the_colour_of_a_type(umap, statistics, manifest, synthetic):
    runs = synthetic.runs(manifest, synthetic.scores(manifest))
    fig = fig3a.draw(umap, runs, statistics, manifest, "yan", "standard")
    (legend,) = fig.legends
    shown = [h.get_color() for h in legend.legend_handles if h.get_marker() == "o"]
    assert len(shown) == len(set(shown)) == 5
    assert not set(BATCH_COLOURS) & set(TYPE_COLOURS)
    bold = [t.get_text() for t in legend.get_texts() if t.get_fontweight() == "bold"]
    assert bold == ["Batch", "Cell type"]


def test_without_scores_or_embeddings_it_says_so(statistics, umap, manifest):
    words = fig3b.draw(statistics[:0], manifest, "yan", "standard").texts
    assert [text.get_text() for text in words] == ["No method has a score for batch effects here."]
    words = fig3a.draw(umap[:0], None, None, manifest, "yan", "standard").texts
    assert "no embedding" in words[0].get_text()


def test_it_is_drawn_for_datasets_of_its_task_only():
    cards = {"yan": {"tasks": ["clustering"]}, "dc": {"tasks": ["clustering", "batch"]}}
    prepared = [(name, "standard", "none") for name in cards]
    config = {"recipes": ["standard"], "ablation": []}
    plan = SimpleNamespace(datasets=cards, config=config, preparations=prepared)
    assert FIGURE.all(plan) == [{"dataset": "dc", "recipe": "standard"}]
