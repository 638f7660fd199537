"""Slingshot on a path, in the environment that uv builds."""

import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
from scipy.stats import spearmanr


def test_a_path_is_ordered_from_its_first_stage(orders, lineage, environment):
    found, result = orders(environment=environment("slingshot"))
    assert spearmanr(found, lineage.time).statistic > 0.8
    assert "lineages through" in result.log
    assert result.status["versions"]["numpy"].startswith("1.")


@pytest.fixture
def trajectory(load, monkeypatch):
    """The script's module over a package that breaks where cells lie wider than 1, or on NaN."""

    class Slingshot:
        def __init__(self, space, cluster_labels_onehot, start_node):
            self.space, self.start = space, start_node
            self.labels = cluster_labels_onehot.argmax(axis=1)
            self.cell_weights = np.ones((len(space), 1))

        def fit(self, num_epochs):
            parts = [self.space[self.labels == label] for label in np.unique(self.labels)]
            wide = max(part.std(axis=0).max() for part in parts)
            if wide > 3:
                raise ValueError("x must be increasing if s > 0")
            times = np.full(len(self.space), np.nan) if wide > 1.5 else self.space[:, 0]
            self.curves = [SimpleNamespace(pseudotimes_interp=times)]

    package = ModuleType("pyslingshot")
    package.Slingshot = Slingshot
    monkeypatch.setitem(sys.modules, "pyslingshot", package)
    return load("trajectory")


@pytest.mark.parametrize("scale, again", [(1, False), (2, True), (10, True)])
def test_where_the_curves_break_the_space_is_measured_by_its_spread(
    trajectory, capsys, scale, again
):
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2], 50)
    space = scale * (rng.normal(size=(150, 2)) + 6 * labels[:, None])
    time, curves = trajectory.pseudotime(space, labels, 0, 3)
    assert curves == 1 and spearmanr(time, space[:, 0]).statistic == pytest.approx(1)
    assert ("once more" in capsys.readouterr().out) is again
    within = np.concatenate([time[labels == k] - time[labels == k].mean() for k in range(3)])
    assert within.std() == pytest.approx(1, abs=0.1)


def test_another_error_of_the_package_is_raised(trajectory, monkeypatch):
    def fit(self, num_epochs):
        raise ValueError("no tree")

    monkeypatch.setattr(trajectory.Slingshot, "fit", fit)
    with pytest.raises(ValueError, match="no tree"):
        trajectory.pseudotime(np.eye(4), np.array([0, 0, 1, 1]), 0, 3)
