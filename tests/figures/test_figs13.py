"""Fig. S13: the scan as it is, marked where its clusters are those of Fig. 2C."""

import pandas as pd
import pytest

from clear.benchmark.figures import figs13

TYPES = {"types": {"a": 3, "b": 4}}


@pytest.fixture
def manifest(synthetic):
    methods = {"datasets": ["yan"], "methods": ["clear", "scvi", "seurat"]}
    manifest = synthetic.manifest()
    manifest["config"]["close_up"] = methods
    return manifest


@pytest.fixture
def runs(synthetic, manifest):
    return synthetic.runs(manifest, synthetic.scores(manifest))


def scan(method, points, turning):
    table = pd.DataFrame(points, columns=["resolution", "n_clusters", "ari"])
    return table.assign(method=method, seed=0, turning_point=table["resolution"] == turning)


@pytest.fixture
def scans():
    clear = [(0.5, 3, 0.4), (0.49, 2, 0.9), (0.48, 1, 0.0)]
    return pd.concat([scan("clear", clear, 0.49), scan("scvi", [(0.5, 1, 0), (1, 2, 0.1)], None)])


def lines(ax):
    return {line.get_gid(): line.get_xydata().tolist() for line in ax.lines}


def test_a_line_per_method_and_a_mark_at_its_turning_point(manifest, runs, scans):
    scans = pd.concat([scans, scans.assign(seed=1, ari=0.5)])  # the first seed is drawn
    fig = figs13.draw(scans, runs, TYPES, manifest, "yan", "standard")
    ari, number = map(lines, fig.axes)
    assert ari["clear"] == [[0.48, 0.0], [0.49, 0.9], [0.5, 0.4]]
    assert number["clear"] == [[0.48, 1], [0.49, 2], [0.5, 3]]
    assert ari["turning clear"] == [[0.49, 0.9]] and number["turning clear"] == [[0.49, 2]]
    assert "scvi" in ari and "turning scvi" not in ari
    assert {y for _, y in number["types"]} == {2}


def test_a_method_without_a_scan_is_named_with_the_reason(manifest, runs, scans):
    fig = figs13.draw(scans, runs, TYPES, manifest, "yan", "standard")
    assert fig.get_supxlabel() == "Without a line: Seurat (not installed)."
    fig = figs13.draw(scans.iloc[:0], runs, TYPES, manifest, "yan", "standard")
    assert "no embedding was clustered" in fig.texts[0].get_text()
