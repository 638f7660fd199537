"""Figs. 2B and 2C: the methods that are asked for, and rivers in which no cell is lost."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.patches import PathPatch, Rectangle

from clear.benchmark.figures import fig2b, fig2c

SHOWN = ["clear", "seurat", "pca"]
SCAN = pd.DataFrame(
    [("clear", 0, 0.5, 5, 0.4, False), ("clear", 0, 0.49, 3, 0.75, True)]
    + [("pca", 0, resolution, 2, 0.1, False) for resolution in (0.5, 1, 2)],
    columns=["method", "seed", "resolution", "n_clusters", "ari", "turning_point"],
)
FLOWS = pd.DataFrame(
    [(0, "type 1", 50), (0, "type 2", 5), (1, "type 2", 25), (2, "type 3", 20)],
    columns=["cluster", "cell_type", "cells"],
).assign(method="clear", seed=0)


@pytest.fixture
def manifest(synthetic):
    manifest = synthetic.manifest()
    config = manifest["config"] | {"close_up": {"datasets": ["yan"], "methods": SHOWN}}
    return manifest | {"config": config}


@pytest.fixture
def river(synthetic, manifest):
    scores = synthetic.scores(manifest, failures={("yan", "seurat"): "timeout"})
    runs = synthetic.runs(manifest, scores)
    late = (runs["dataset"] == "yan") & (runs["method"] == "seurat") & (runs["seed"] > 0)
    runs["status"] = runs["status"].mask(late, "ok")
    dropout = runs.assign(perturbation="dropout_80", status="failed")
    runs = pd.concat([dropout, runs], ignore_index=True)
    later = (table.assign(seed=1) for table in (SCAN, FLOWS))  # not shown
    scan, flows = map(pd.concat, zip((SCAN, FLOWS), later, strict=True))
    fig = fig2c.draw(scan, flows, runs, manifest, {"id": "yan"}, "yan", "standard")
    return {ax.get_gid(): ax for ax in fig.axes}


def test_heights_of_bars_and_ribbons_are_shares_of_cells(river):
    patches = river["clear"].patches
    bars = [patch for patch in patches if isinstance(patch, Rectangle)]
    left = sorted(bar.get_height() for bar in bars if bar.get_x() == 0)
    right = sorted(bar.get_height() for bar in bars if bar.get_x() > 0)
    np.testing.assert_allclose(left, [0.20, 0.25, 0.55])
    np.testing.assert_allclose(right, [0.20, 0.30, 0.50])
    flows = {}
    for ribbon in (patch for patch in patches if isinstance(patch, PathPatch)):
        points = ribbon.get_path().vertices
        height = points[-1, 1] - points[0, 1]
        assert points[4, 1] - points[3, 1] == pytest.approx(height)
        flows.setdefault(ribbon.get_facecolor()[:3], []).append(round(height, 6))
        for end, side in ((points[0, 1], True), (points[3, 1], False)):  # within one bar
            assert any(
                bar.get_y() - 1e-9 <= end <= end + height <= bar.get_y() + bar.get_height() + 1e-9
                for bar in bars
                if (bar.get_x() == 0) == side
            )
    assert sorted(map(sorted, flows.values())) == [[0.05, 0.25], [0.2], [0.5]]


def test_titles_and_reasons(river):
    assert list(river) == SHOWN
    assert river["clear"].get_title().endswith("resolution 0.49, 3 clusters, ARI 0.75")
    assert [text.get_text() for text in river["seurat"].texts] == ["timeout"]
    assert [text.get_text() for text in river["pca"].texts] == ["Leiden never overclusters"]


def test_embeddings_of_the_methods_asked_for(synthetic, manifest):
    scores = synthetic.scores(manifest)
    umap = synthetic.umap(manifest, "yan", list(manifest["methods"]), 60)
    tables = synthetic.runs(manifest, scores), synthetic.statistics(manifest, scores)
    fig = fig2b.draw(umap, *tables, manifest, "yan", "standard")
    assert [ax.get_gid() for ax in fig.axes] == SHOWN
