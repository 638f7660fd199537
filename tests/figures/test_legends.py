"""Legends are whole and tell methods apart, in runs with many methods, types or batches."""

import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from clear.benchmark.figures import fig2a, fig3a, style

NAMES = [f"Some method with a long name {i}" for i in range(24)]


def outside(fig):
    """Texts that are drawn beyond the edge of the figure."""
    canvas = FigureCanvasAgg(fig)
    canvas.draw()
    renderer = canvas.get_renderer()
    boxes = [
        (text.get_text(), text.get_window_extent(renderer))
        for text in fig.findobj(Text)
        if text.get_visible() and text.get_text().strip()
    ]
    width, height = fig.bbox.width + 1, fig.bbox.height + 1
    return [t for t, b in boxes if b.x0 < -1 or b.y0 < -1 or b.x1 > width or b.y1 > height]


def many_methods(synthetic, controls=()):
    spec = {f"m{i}": (name, "upstream", ["embedding"], 0.5) for i, name in enumerate(NAMES)}
    spec |= {name: (name, "control", ["embedding"], 0.5) for name in controls}
    datasets = dict(list(synthetic.DATASETS.items())[:3])
    return synthetic.manifest(datasets, spec)


def test_the_legend_of_24_methods_on_three_datasets_is_not_cut(synthetic):
    manifest = many_methods(synthetic)
    scores = synthetic.scores(manifest, dict.fromkeys(manifest["methods"], 0.5), {})
    fig = fig2a.draw(scores, synthetic.statistics(manifest, scores), manifest, "standard")
    assert outside(fig) == []
    (legend,) = fig.legends
    assert [text.get_text() for text in legend.get_texts()] == NAMES


def test_the_legend_of_30_types_in_9_batches_beside_one_method_is_not_cut(synthetic):
    manifest = synthetic.manifest()
    types = [f"type {i}" for i in range(30)]
    umap = synthetic.umap(manifest, "yan", ["clear"], 90, types)
    umap["batch"] = [f"batch {i % 9}" for i in range(len(umap))]
    manifest["methods"] = {"clear": manifest["methods"]["clear"]}
    statistics = pd.DataFrame(
        columns=["dataset", "recipe", "perturbation", "task", "track", "metric", "method", "mean"]
    )
    runs = pd.DataFrame(columns=["dataset", "recipe", "perturbation", "method", "status"])
    fig = fig3a.draw(umap, runs, statistics, manifest, "yan", "standard")
    assert outside(fig) == []


def test_lines_of_one_colour_differ_in_dashes_and_six_controls_differ(synthetic):
    controls = [f"control_{i}" for i in range(6)]
    styles = style.line_styles(many_methods(synthetic, controls))
    pairs = {(look["color"], str(look["linestyle"])) for look in list(styles.values())[:24]}
    assert len(pairs) == 24
    marks = style.method_styles(many_methods(synthetic, controls))
    assert len({tuple(marks[name].values()) for name in controls}) == 6


def test_triangles_of_one_colour_are_fourteen_methods_apart(synthetic):
    looks = list(style.method_styles(many_methods(synthetic)).values())
    up = {look["color"]: i for i, look in enumerate(looks[:14]) if look["marker"] == "^"}
    down = {look["color"]: i for i, look in enumerate(looks[:14]) if look["marker"] == "v"}
    assert up and down and not set(up) & set(down)
