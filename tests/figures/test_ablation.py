"""The figures of the ablation show the numbers they were given."""

import numpy as np
import pandas as pd
import pytest

from clear.benchmark.figures import ablation_path, ablation_single, dots

MANIFEST = {
    "datasets": {"yan": {"title": "Yan"}, "deng": {"title": "Deng"}},
    "config": {"ablation": ["released", "paper"]},
}
ABOUT = {"recipe": "standard", "perturbation": "none", "task": "clustering", "metric": "ari"}


def drawn(ax, gid):
    return [line for line in ax.lines if (line.get_gid() or "").startswith(gid)]


@pytest.fixture
def table():
    """An ablation with the switch of epochs on two legs of the path."""
    arms = [("untrained", "", "released", 0.1), ("anchor", "", "released", 0.2)]
    arms += [("single", "paper", "epochs", 0.3)]
    arms += [("path", "paper", "epochs", 0.3), ("path", "recommended", "epochs", 0.5)]
    rows = [
        ABOUT
        | {
            "design": design,
            "towards": towards,
            "name": name,
            "change": "epochs 1 → 2" if towards else "",
        }
        | {"track": track, "dataset": dataset, "mean": mean + place, "difference": place}
        | {"mean_error": 0.01, "difference_error": 0.02}
        for design, towards, name, mean in arms
        for track in ("given_k", "estimated_k", "other")
        for dataset, place in (("*", 0.05), ("yan", 0.0), ("deng", 0.1))
    ]
    table = pd.DataFrame(rows)
    return table.replace("", np.nan)  # as a table reads that was written


def panels(figure):
    return {ax.get_gid(): ax for ax in figure.axes}


def test_steps_stand_in_their_rows_at_their_values(table):
    ax = panels(ablation_path.draw(table, MANIFEST, "standard"))["given_k"]
    dots = drawn(ax, "dot")
    found = sorted((round(float(dot.get_ydata()[0])), float(dot.get_xdata()[0])) for dot in dots)
    assert np.allclose(found, [(0, 0.2), (0, 0.3), (1, 0.3), (1, 0.4), (2, 0.5), (2, 0.6)])
    bars = [line.get_xdata() for line in ax.lines if len(line.get_xdata()) == 2]
    assert any(np.allclose(bar, [0.19, 0.21]) for bar in bars)  # the error of the mean
    means = [line.get_xdata()[0] for line in drawn(ax, "mean")]
    assert means == pytest.approx([0.25, 0.35, 0.55])
    labels = [label.get_text().split("\n")[0] for label in ax.get_yticklabels()]
    assert labels == ["released", "+ epochs", "+ epochs"]
    (level,) = [line for line in ax.lines if line.get_color() == "#7F7F7F"]
    assert level.get_xdata()[0] == pytest.approx(0.15)  # untrained


def test_single_switches_show_differences(table):
    figure = ablation_single.draw(table, MANIFEST, "standard")
    assert list(panels(figure)) == ["given_k", "estimated_k"]
    dots = drawn(panels(figure)["estimated_k"], "dot")
    assert sorted(float(dot.get_xdata()[0]) for dot in dots) == pytest.approx([0.0, 0.1])


def test_every_dataset_looks_different():
    looks = dots._styles([f"dataset {i}" for i in range(7)]).values()
    assert len({look["color"] for look in looks}) == 7
    assert len({look["marker"] for look in looks}) == 7
