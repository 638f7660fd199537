"""Collapse is reported with a cure, and the cure that is named works."""

import dataclasses
import logging
import re

import numpy as np
import pytest
from anndata import AnnData

from clear import CLEAR
from clear.presets import PAPER, RECOMMENDED


def types():
    """80 cells of four types, log-normalised."""
    random = np.random.default_rng(0)
    means = random.gamma(0.5, 3, 300) * random.gamma(1, 1, (4, 300))
    counts = random.poisson(means[np.arange(80) % 4])
    return AnnData(np.log1p(counts / counts.sum(1, keepdims=True) * 1e4))


@pytest.mark.parametrize(
    ("preset", "cure"),
    [
        (dataclasses.replace(PAPER, hidden_nodes=256, epochs=50), "learning_rate=0.001"),
        (dataclasses.replace(RECOMMENDED, min_steps=0, epochs=3), "epochs=300"),
    ],
)
def test_the_cure_that_is_named_works(preset, cure, caplog):
    model = CLEAR(preset, device="cpu").fit(types())
    assert model.collapsed_
    setting, value = re.search(
        r"CLEAR\(dataclasses.replace\(model.preset_, (\w+)=([\d.]+)\)\)", caplog.text
    ).groups()
    assert f"{setting}={value}" == cure
    change = {setting: float(value) if "." in value else int(value)}
    caplog.clear()
    cured = CLEAR(dataclasses.replace(model.preset_, **change), device="cpu").fit(types())
    assert not cured.collapsed_
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_no_cure_is_invented_where_cells_are_the_same(caplog):
    with caplog.at_level(logging.WARNING, "clear"):
        CLEAR(device="cpu").fit(AnnData(np.ones((20, 30))))
    assert "the cells may hardly differ" in caplog.text
