"""Fig. 4 and S21: cells at their places, the diagonal of the stages, the path, and reasons."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgba

from clear.benchmark.figures import fig4, figs21

CARD = {"id": "d", "title": "D", "stages": ["egg", "larva", "fly"]}
METHODS = {
    "clear": {"title": "CLEAR", "implementation": "reimplementation"},
    "clear_untrained": {"title": "Untrained", "implementation": "control"},
    "monocle3": {"title": "Monocle 3", "implementation": "upstream"},
    "dpt": {"title": "DPT", "implementation": "upstream"},
}
STAGES = np.array([0, 0, 0, 0, 1, 1, 2, 2, 2, 2])
PLACES = np.arange(10) / 9


def tables(methods=("clear", "dpt"), plane=True):
    cells = pd.DataFrame({"cell": [f"c{i}" for i in range(10)], "stage": STAGES, "place": PLACES})
    cells["umap1"], cells["umap2"] = (PLACES, -PLACES) if plane else (np.nan, np.nan)
    order = pd.concat([cells.assign(method=m, seed=0, plane=m) for m in methods])
    path = pd.DataFrame({"place": [0, 0.5, 1], "umap1": [0, 0.5, 1], "umap2": [0, -0.5, -1]})
    path["from_umap1"], path["from_umap2"] = [np.nan, 0, 0.5], [np.nan, 0, -0.5]
    path["jump"] = [False, False, True]
    path = pd.concat([path.assign(method=m, seed=0) for m in methods]) if plane else path[:0]
    here = {"dataset": "d", "recipe": "standard", "perturbation": "none"}
    runs = pd.DataFrame([{**here, "method": m, "status": "ok", "message": ""} for m in METHODS])
    runs.loc[runs["method"] == "monocle3", ["status", "message"]] = ["not_installed", "no cairo"]
    statistics = pd.DataFrame(
        [
            {**here, "track": "rooted", "metric": "spearman", "method": m, "mean": value, "sd": sd}
            for m, value, sd in zip(
                METHODS, (0.971, -0.2, np.nan, 0.5), (0.0042, 0.1, np.nan, np.nan), strict=True
            )
        ]
    ).assign(scored=[3, 2, 0, 1])
    return order, path.assign(**({} if "method" in path else {"method": ""})), runs, statistics


def draw(module, **options):
    return module.draw(*tables(**options), {"methods": METHODS}, CARD, "d", "standard")


def panel(fig, gid):
    (found,) = [ax for ax in fig.axes if ax.get_gid() == gid]
    return found


def test_cells_lie_at_their_place_in_the_strip_and_colour_of_their_stage():
    fig = draw(fig4)
    ax = panel(fig, "clear order")
    colours = [to_rgba(h.get_color()) for h in fig.legends[0].legend_handles[:3]]
    for stage, scatter in enumerate(ax.collections):
        places, heights = np.asarray(scatter.get_offsets()).T
        np.testing.assert_allclose(places, PLACES[stage == STAGES])
        assert np.abs(heights - stage).max() < 0.5
        assert tuple(scatter.get_facecolor()[0]) == pytest.approx(colours[stage])
    assert [label.get_text() for label in ax.get_yticklabels()] == CARD["stages"]
    assert ax.get_title(loc="left") == "CLEAR\nSpearman 0.971, SD 0.004, 3 runs"
    s21 = draw(figs21)
    title = panel(s21, "clear_untrained order").get_title(loc="left")
    assert title == "Untrained\nSpearman \u22120.200, SD 0.100, 2 runs"
    assert panel(s21, "dpt order").get_title(loc="left") == "DPT\nSpearman 0.500, 1 run"


def test_the_diagonal_climbs_a_stage_over_its_share_of_the_cells():
    lines = panel(draw(fig4), "clear order").lines
    ends = [(line.get_xdata().tolist(), line.get_ydata().tolist()) for line in lines]
    assert ends == [([0, 0.4], [-0.5, 0.5]), ([0.4, 0.6], [0.5, 1.5]), ([0.6, 1], [1.5, 2.5])]


def test_the_plane_has_every_cell_and_the_path():
    ax = panel(draw(fig4), "clear plane")
    points = np.asarray(ax.collections[0].get_offsets())
    np.testing.assert_allclose(np.sort(points[:, 0]), PLACES)
    (start,) = ax.lines
    np.testing.assert_allclose(start.get_xydata(), [[0, 0]])
    drawn = {lines.get_gid(): np.array(lines.get_segments()) for lines in ax.collections[1:]}
    np.testing.assert_allclose(drawn["lines"], [[[0, 0], [0.5, -0.5]]])
    np.testing.assert_allclose(drawn["jumps"], [[[0.5, -0.5], [1, -1]]])
    without = panel(draw(fig4, plane=False), "clear plane")
    assert [text.get_text() for text in without.texts] == ["no plane"]


def test_fig4_shows_clear_and_its_rivals_and_s21_the_others():
    def shown(fig):
        return {ax.get_gid().split()[0] for ax in fig.axes}

    assert shown(draw(fig4)) == {"clear", "monocle3"}
    assert shown(draw(figs21)) == {"dpt", "clear_untrained"}
    (text,) = panel(draw(fig4), "monocle3 order").texts
    assert " ".join(text.get_text().split()) == "not installed no cairo"


def test_where_no_method_orders_cells_the_figure_says_so():
    order, path, runs, statistics = tables()
    arguments = {"methods": METHODS}, CARD, "d", "standard"
    fig = fig4.draw(order, path, runs, statistics[:0], *arguments)
    assert "No method of this figure orders these cells." in fig.texts[0].get_text()
