"""Presets: the paper's numbers, overrides and mistakes."""

import dataclasses

import pytest

from clear.errors import ClearError
from clear.presets import PAPER, get_preset


def test_paper_is_what_the_methods_section_says():
    assert get_preset("paper") is PAPER
    said = {
        "hidden_nodes": 1024,
        "n_latent": 128,
        "last_relu": True,
        "mask_fraction": 0.2,
        "noise_fraction": 0.8,
        "noise_sd": 0.2,
        "swap_fraction": 0.1,
        "crossover_fraction": 0.25,
        "crossover_many_fraction": 0.25,
        "temperature": 0.2,
        "momentum": 0.999,
        "epochs": 200,
        "learning_rate": 1,
    }
    settings = dataclasses.asdict(PAPER)
    assert {name: settings[name] for name in said} == said
    assert {settings[name] for name in settings if name.endswith("_probability")} == {0.5}


def test_unknown_preset_names_the_nearest():
    with pytest.raises(ClearError, match="did you mean 'paper'"):
        get_preset("papper")
    with pytest.raises(ClearError, match="choose one of: paper"):
        get_preset("xyz")


def test_presets_cannot_be_changed_in_place():
    with pytest.raises(dataclasses.FrozenInstanceError):
        PAPER.epochs = 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("epochs", 0),
        ("epochs", 1.5),
        ("batch_size", 0),
        ("n_latent", "128"),
        ("mask_fraction", 1.2),
        ("noise_probability", -0.1),
        ("learning_rate", 0),
        ("learning_rate", "1"),
        ("learning_rate", float("nan")),
        ("temperature", -1),
        ("momentum", 1.0),
        ("queue", -1),
    ],
)
def test_impossible_settings_are_refused_by_name(name, value):
    with pytest.raises(ClearError, match=name):
        dataclasses.replace(PAPER, **{name: value})
