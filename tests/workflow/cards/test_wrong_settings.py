"""What a user can type wrong in the settings of a run is told apart and named."""

import datetime
import re

import pytest

from clear.benchmark.cards import CardError
from clear.benchmark.plan import load_plan
from tests.workflow.cards.edit import change


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"sedes": [1]}, ["unknown key 'sedes'", "Did you mean 'seeds'?"]),
        ({"scores": {"neighbors": 1}}, ["'neighbors' in 'scores'", "'n_neighbors'"]),
        ({"datasets": ["yann"]}, ["datasets", "'yann'", "Did you mean 'yan'?"]),
        ({"methods": ["seurrat"]}, ["methods", "'seurrat'", "Did you mean 'seurat'?"]),
        ({"methods": ["zzzzzz"]}, ["'zzzzzz'", "Known:", "seurat"]),
        ({"seeds": ["first"]}, ["seeds.0", "'first'", "whole number"]),
        ({"seeds": []}, ["seeds"]),
        ({"seeds": 2}, ["seeds: 2 is not a list, [a, b]"]),
        ({"seeds": [1, 1]}, ["seeds", "non-unique"]),
        ({"run": "../up"}, ["run", "../up"]),
        ({"run": "envs"}, ["run", "'envs'"]),
        ({"run": 1}, ["run: 1: a name of letters"]),  # typed as 001
        ({"run": 100000.0}, ["run", "can be read as a number"]),
        ({"run": "a/b"}, ["run: 'a/b'"]),
        ({"quick": "yes"}, ["quick: 'yes' is not true or false"]),
        ({"limits": {"minutes": float("inf")}}, ["limits.minutes: inf is not a finite number"]),
        ({"limits": {"minutes": ".nan"}}, ["limits.minutes: '.nan' is not a number"]),
        ({"run": datetime.date(2020, 1, 1)}, ["run: 2020-01-01 is a date; quote it"]),
        ({"mirror": "nowhere"}, ["mirror: there is no folder nowhere"]),
        ({"ablation": ["paper"]}, ["ablation: ['paper']: two or more different presets"]),
        ({"recipes": ["orignal"]}, ["recipes.0", "'orignal'", "standard", "released"]),
        *(
            ({"perturbations": [name]}, [f"perturbations.0: {name!r}: dropout_ and a whole"])
            for name in ("dropout_0", "dropout_100", "dropout_05", "dropout_2.5", "droput_30", 30)
        ),
        ({"perturbations": {"yan": ["half"]}}, ["perturbations.yan.0: 'half': dropout_ and a"]),
        ({"perturbations": 30}, ["perturbations: 30 is not a list, [a, b] or a mapping"]),
        ({"perturbations": ["none", "none"]}, ["perturbations", "non-unique"]),
        (
            {"perturbations": {"yann": ["dropout_30"]}},
            ["perturbations: there is no dataset 'yann'", "Did you mean 'yan'?"],
        ),
        ({"prepare": {"max_mito": 5}}, ["prepare.max_mito", "5", "maximum"]),
        ({"device": "gpu"}, ["device", "'gpu'", "cuda"]),
        ({"extra_cards": "nowhere"}, ["extra_cards: there is no folder nowhere"]),
        (
            {"extra_cards": "~no-such-user/cards"},
            ["extra_cards: there is no folder ~no-such-user/cards"],
        ),
        ({"close_up": {"datasets": ["hrvatn"]}}, ["close_up.datasets", "'hrvatn'", "'hrvatin'"]),
        ({"close_up": {"methods": ["seurrat"]}}, ["close_up.methods", "'seurrat'", "'seurat'"]),
        ({"extra_cards": "."}, ["extra_cards", "neither datasets/ nor methods/"]),
    ],
)
def test_a_wrong_setting_is_named(config, repository, tmp_path, monkeypatch, keys, words):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CardError) as error:
        load_plan(config | keys, repository)
    for word in words:
        assert word in str(error.value)


def test_the_command_line_hands_over_strings(config, repository):
    typed = {"datasets": "[yan, deng]", "seeds": ["0", "7"], "quick": "true", "mirror": ""}
    typed |= {"limits": {"minutes": "5"}, "prepare": {"max_mito": "8e-1"}}
    plan = load_plan(config | typed | {"run": "2022-a"}, repository)
    assert list(plan.datasets) == ["yan", "deng"]
    assert plan.config["seeds"] == [0, 7]
    assert plan.config["quick"] is True
    assert plan.config["mirror"] is None
    assert plan.config["limits"] == {"minutes": 5, "memory_gb": None}
    assert plan.config["prepare"]["max_mito"] == 0.8
    typed = {"seeds": "0,1", "datasets": "yan"}
    assert load_plan(config | typed, repository).config["seeds"] == [0, 1]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"preset": "papper"}, "no preset 'papper'; did you mean 'paper'?"),
        ({"preset": "paper", "changes": {"epoch": 3}}, "did you mean 'epochs'?"),
        ({"preset": "paper", "changes": {"epochs": "3"}}, "epochs must be a whole number"),
        ({"preset": "paper", "changes": {"name": "mine"}}, "'name'"),
        ({"preset": "paper", "changes": [1]}, "mapping"),
        ({"changes": {"temperature": 0.5}}, "temperature (0.5) has no effect with loss='spectral'"),
    ],
)
def test_changes_of_a_preset_are_checked_before_anything_runs(planned_with, extra, settings, words):
    change(extra, "methods/own", script="clear", settings=settings)
    (extra / "methods/own/run.py").unlink()
    with pytest.raises(CardError, match=re.escape(words)) as error:
        planned_with()
    assert "methods/own.yaml: settings" in str(error.value)


def test_changes_that_do_nothing_where_batches_are_told_are_refused_there(planned_with, extra):
    change(extra, "methods/own", script="clear", settings={"changes": {"own_share": 0.7}})
    (extra / "methods/own/run.py").unlink()
    assert planned_with().methods["own"]
    change(extra, "methods/own", told=["batch"])
    with pytest.raises(CardError, match="settings: .*own_share .0.7. has no effect with batch_key"):
        planned_with()
    change(extra, "methods/own", settings={"preset": "paper"})
    with pytest.raises(CardError, match="settings: The preset 'paper' has no neighbours"):
        planned_with()
