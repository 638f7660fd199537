"""The figures of the ablation show the numbers they were given."""

import numpy as np
import pandas as pd
import pytest

from clear.benchmark.figures import ablation, training_curves

DATASETS = ["yan", "deng"]


def drawn(ax, gid):
    return [line for line in ax.lines if (line.get_gid() or "").endswith(gid)]


@pytest.fixture
def panels():
    """Panels of a figure with two switches of the same name on two legs of a path."""
    rows = []
    for heading, shift in (("paper", 0.0), ("recommended", 0.3)):
        for score in ("ari", "leiden_ari"):
            about = {"heading": heading, "label": "+ epochs", "score": score, "error": 0.05}
            for place, dataset in enumerate(DATASETS):
                collapsed = heading == "paper" and dataset == "deng"
                value = shift + 0.1 * place
                rows.append(about | {"dataset": dataset, "value": value, "collapsed": collapsed})
            rows.append(about | {"dataset": "", "value": shift + 0.05, "collapsed": False})
    scores = {"ari": "ARI", "leiden_ari": "ARI, Leiden"}
    lines = {"ari": 0.2, "leiden_ari": 0.1}
    figure = ablation.draw(pd.DataFrame(rows), scores, DATASETS, lines, "untrained")
    return {ax.get_gid(): ax for ax in figure.axes}


def test_dots_stand_at_their_values_and_are_hollow_where_collapsed(panels):
    ax = panels["ari"]
    dots = [*drawn(ax, "dot yan"), *drawn(ax, "dot deng"), *drawn(ax, "collapsed deng")]
    found = sorted((round(float(dot.get_ydata()[0])), float(dot.get_xdata()[0])) for dot in dots)
    assert np.allclose(found, [(0, 0.0), (0, 0.1), (1, 0.3), (1, 0.4)])
    (hollow,) = drawn(ax, "collapsed deng")
    assert hollow.get_xdata()[0] == pytest.approx(0.1)
    assert hollow.get_markerfacecolor() == "white"
    assert "white" not in {dot.get_markerfacecolor() for dot in drawn(ax, "dot deng")}


def test_equal_switches_of_two_legs_are_two_rows(panels):
    assert [label.get_text() for label in panels["ari"].get_yticklabels()] == ["+ epochs"] * 2
    words = {text.get_text() for text in panels["leiden_ari"].texts}
    assert words == {"to paper", "to recommended"}


def test_every_dataset_looks_different():
    looks = ablation._styles([f"dataset {i}" for i in range(7)]).values()
    assert len({look["color"] for look in looks}) == 7
    assert len({look["marker"] for look in looks}) == 7


def test_training_curves_are_means_over_seeds():
    curves = [
        pd.DataFrame({name: np.full(3, seed + 1.0) for name in training_curves.MEASURES}).assign(
            preset="paper", dataset="yan", seed=seed, epoch=[1, 2, 3]
        )
        for seed in (0, 1)
    ]
    figure = training_curves.draw(pd.concat(curves), ["paper", "released"], DATASETS)
    panels = {ax.get_gid(): ax for ax in figure.axes}
    lines = [line.get_ydata().tolist() for line in panels["loss yan"].lines]
    assert lines == [[1, 1, 1], [2, 2, 2], [1.5, 1.5, 1.5]]
    assert not panels["loss deng"].lines
