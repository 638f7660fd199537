"""Presets: the paper's numbers, overrides and mistakes."""

import dataclasses

import pytest

from clear.errors import ClearError
from clear.presets import PAPER, RELEASED, get_preset
from clear.presets.values import CHOICES


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


def test_released_differs_from_paper_in_these_settings_only():
    assert get_preset("released") is RELEASED
    paper, released = dataclasses.asdict(PAPER), dataclasses.asdict(RELEASED)
    assert {name: value for name, value in released.items() if value != paper[name]} == {
        "name": "released",
        "embedding_from": "key",
        "noise_sd": 0.5,
        "exact_fractions": True,
        "swap_with_replacement": True,
        "crossover_writes_back": True,
        "own_donor": True,
        "repeat_augmentations": True,
        "symmetrical_loss": False,
        "batch_negatives": False,
        "queue_limit": "one_batch",
        "queue_start": "random",
        "drop_last": True,
        "epochs": 100,
        "learning_rate": 5e-3,
        "schedule": "drops",
        "optimizer": "sgd",
        "weight_decay": 1e-6,
    }
    shared = ("batch_size", "queue", "sgd_momentum", "momentum", "temperature", "last_relu")
    assert [released[name] for name in shared] == [512, 1024, 0.9, 0.999, 0.2, True]


def test_every_setting_is_documented():
    for field in dataclasses.fields(PAPER):
        assert field.name in PAPER.__doc__


def test_choices_are_the_settings_that_are_words():
    words = {field.name for field in dataclasses.fields(PAPER) if field.type is str}
    assert words == {"name", *CHOICES}


def test_unknown_preset_names_the_nearest():
    with pytest.raises(ClearError, match="did you mean 'paper'"):
        get_preset("papper")
    with pytest.raises(ClearError, match="did you mean 'released'"):
        get_preset("release")
    with pytest.raises(ClearError, match="one of: recommended, paper, released, graph_diffusion"):
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
        ("drop_last", 1),
        ("own_donor", "yes"),
        ("schedule", "linear"),
        ("optimizer", "Adam"),
        ("embedding_from", None),
        ("weight_decay", -1e-6),
        ("sgd_momentum", 1),
    ],
)
def test_impossible_settings_are_refused_by_name(name, value):
    with pytest.raises(ClearError, match=name):
        dataclasses.replace(PAPER, **{name: value})


def test_without_any_negatives_there_is_no_loss():
    with pytest.raises(ClearError, match="queue must be at least 1"):
        dataclasses.replace(RELEASED, queue=0)
    dataclasses.replace(PAPER, queue=0)
