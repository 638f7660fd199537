"""UMAP panels: every method has one, with its cells or the reason why there are none."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgba

from clear.benchmark.figures import style
from clear.benchmark.figures import umap as panels


def drawn_from(synthetic, umap, scores, manifest, dataset="yan"):
    """The panels with the tables that belong to these scores."""
    tables = synthetic.runs(manifest, scores), synthetic.statistics(manifest, scores)
    return panels.draw(umap, *tables, manifest, dataset, "standard")


@pytest.fixture
def drawn(synthetic):
    manifest = synthetic.manifest()
    scores = synthetic.scores(manifest, failures={("yan", "seurat"): "not_installed"})
    umap = synthetic.umap(manifest, "yan", [m for m in manifest["methods"] if m != "seurat"], 90)
    return drawn_from(synthetic, umap, scores, manifest), umap, scores, manifest


def panel(fig, method):
    (found,) = [ax for ax in fig.axes if ax.get_gid() == method]
    return found


def test_every_cell_is_one_point_in_the_colour_of_its_type(drawn):
    fig, umap, _, _ = drawn
    legend = fig.legends[0]
    colour_of = {
        text.get_text(): to_rgba(handle.get_color())
        for text, handle in zip(legend.get_texts(), legend.legend_handles, strict=True)
    }
    mine = umap[umap["method"] == "scvi"].set_index(["umap1", "umap2"])["cell_type"]
    (scatter,) = panel(fig, "scvi").collections
    colours = scatter.get_facecolors()
    assert len(colours) == len(mine) == 90
    for place, colour in zip(scatter.get_offsets(), colours, strict=True):
        assert colour_of[mine[tuple(place)]] == pytest.approx(tuple(colour))


def test_titles_hold_the_mean_ari_given_k(drawn):
    fig, _, scores, _ = drawn
    rows = scores[(scores["dataset"] == "yan") & (scores["method"] == "clear")]
    rows = rows[(rows["metric"] == "ari") & (rows["track"] == "given_k")]
    assert len(rows) == 2
    mean = (rows["value"].iloc[0] + rows["value"].iloc[1]) / 2
    assert panel(fig, "clear").get_title() == f"CLEAR\nARI {mean:.2f}"


def test_a_method_without_embedding_has_an_empty_panel_that_says_why(synthetic, drawn):
    fig, umap, scores, manifest = drawn
    (text,) = panel(fig, "seurat").texts
    words = " ".join(text.get_text().split())
    assert words == "not installed not_installed: see <output.log> & retry"
    assert panel(fig, "seurat").get_title() == "Seurat"
    without = drawn_from(synthetic, umap[umap["method"] != "pca"], scores, manifest)
    assert [text.get_text() for text in panel(without, "pca").texts] == ["no UMAP"]
    manifest["methods"]["pca"]["outputs"] = ["clusters_given_k"]
    without = drawn_from(synthetic, umap[umap["method"] != "pca"], scores, manifest)
    assert [text.get_text() for text in panel(without, "pca").texts] == ["clusters only"]


def test_order_aspect_and_ticks(drawn):
    fig, _, _, manifest = drawn
    assert [ax.get_gid() for ax in fig.axes] == list(manifest["methods"])
    for ax in fig.axes:
        assert list(ax.get_xticks()) == list(ax.get_yticks()) == []
    assert panel(fig, "clear").get_aspect() == 1


def test_large_datasets_are_rasterised_with_smaller_points(synthetic):
    manifest = synthetic.manifest()
    scores = synthetic.scores(manifest)
    tables = [synthetic.umap(manifest, "yan", ["clear"], cells) for cells in (100, 3000)]
    figures = [drawn_from(synthetic, table, scores, manifest) for table in tables]
    few, many = (panel(fig, "clear").collections[0] for fig in figures)
    assert not few.get_rasterized()
    assert many.get_rasterized()
    assert many.get_sizes()[0] < few.get_sizes()[0]


def test_one_seed_is_drawn(synthetic):
    manifest = synthetic.manifest()
    first = synthetic.umap(manifest, "yan", ["clear"], 50)
    both = pd.concat([first.assign(seed=1), first.assign(umap1=0.0)])
    fig = drawn_from(synthetic, both, synthetic.scores(manifest), manifest)
    assert np.all(np.asarray(panel(fig, "clear").collections[0].get_offsets())[:, 0] == 0)


def test_many_types_many_methods_and_nothing_at_all(synthetic, tmp_path):
    data, methods = synthetic.many(1, 14)
    manifest = synthetic.manifest(data, methods)
    levels = {name: spec[3] for name, spec in methods.items()}
    types = [f"a rather long name of a cell type number {i}" for i in range(45)]
    umap = synthetic.umap(manifest, "deng", list(methods), 200, types)
    scores = synthetic.scores(manifest, levels, {})
    fig = drawn_from(synthetic, umap, scores, manifest, "deng")
    style.save(fig, tmp_path / "u.pdf", tmp_path / "u.png")
    renderer = FigureCanvasAgg(fig).get_renderer()
    fig.draw(renderer)
    legend = fig.legends[0].get_window_extent(renderer)
    assert legend.x0 >= max(ax.get_window_extent().x1 for ax in fig.axes)
    assert legend.y0 >= 0
    assert legend.x1 <= fig.bbox.x1 + 1
    nothing = drawn_from(synthetic, umap.iloc[:0], scores, manifest, "deng")
    style.save(nothing, tmp_path / "n.pdf", tmp_path / "n.png")
    assert len(nothing.axes) == 14


def test_a_score_below_zero_has_a_minus_sign_and_zero_has_none(synthetic):
    manifest = synthetic.manifest()
    scores = synthetic.scores(manifest)
    for method, value in (("clear", -0.014), ("pca", -0.004)):
        scores.loc[scores["method"] == method, "value"] = value
    umap = synthetic.umap(manifest, "yan", ["clear", "pca"], 50)
    fig = drawn_from(synthetic, umap, scores, manifest)
    assert panel(fig, "clear").get_title() == "CLEAR\nARI \u22120.01"
    assert panel(fig, "pca").get_title() == "PCA + k-means\nARI 0.00"


def test_a_dataset_without_data_is_one_sentence(synthetic):
    manifest = synthetic.manifest()
    failures = {("yan", method): "no_data" for method in manifest["methods"]}
    scores = synthetic.scores(manifest, failures=failures)
    umap = synthetic.umap(manifest, "yan", ["clear"], 5).iloc[:0]
    fig = drawn_from(synthetic, umap, scores, manifest)
    assert [text.get_text() for text in fig.texts] == ["Yan: no data"]
