"""Presets taken apart into switches, and the method cards that turn them."""

import dataclasses
import json
from itertools import permutations

import anndata
import numpy as np
import pytest
import torch

from clear import CLEAR
from clear.benchmark.ablation import UNTRAINED, ablation, arms
from clear.benchmark.cards import CardError, load_cards, read_yaml
from clear.benchmark.plan import load_plan
from clear.benchmark.switches import GROUPS, LAST, switches
from clear.benchmark.variants import variants
from clear.errors import ClearError
from clear.model.learner import Learner
from clear.presets import PAPER, PRESETS, RELEASED, Preset, get_preset
from clear.presets.values import CHOICES

ANCHORS = ["released", "paper", "recommended"]
# Every setting unlike the paper's, as a preset to come may have them, except NOT_FIXED, which fixed
# keys cannot have.
OTHER = {"queue_limit": "one_batch", "schedule": "drops", "optimizer": "sgd"}
OTHER |= {"loss": "spectral", "keys": "components"}
NOT_FIXED = {"queue_start", "embedding_from"}


def far_preset(kind=Preset):
    changed = {"name": "recommended"}
    for field in dataclasses.fields(kind):
        old = field.default
        if field.type is bool:
            changed[field.name] = not old
        elif field.type is int:
            changed[field.name] = old + 3
        elif field.type is float:
            changed[field.name] = old / 2 + 0.01
    changed["hidden_direction"] = False  # own scores are outputs, not nodes
    return kind(**changed, **OTHER)


@dataclasses.dataclass(frozen=True)
class Grown(Preset):
    """A preset with a setting that nobody has grouped."""

    new_setting: float = 0.0


@pytest.fixture(scope="module")
def cards(repository):
    schema = read_yaml(repository / "config/schemas/method.schema.yaml")
    return load_cards("methods", [repository / "config"], schema)


def differing(one, other):
    one, other = dataclasses.asdict(one), dataclasses.asdict(other)
    return {name for name in one if name != "name" and one[name] != other[name]}


def preset_of(card):
    """The preset that a card's script trains, after the way through JSON."""
    settings = json.loads(json.dumps(card["settings"]))
    return get_preset(settings["preset"], **settings["changes"])


@pytest.mark.parametrize(
    ("base", "target"),
    [*permutations(PRESETS.values(), 2), (PAPER, far_preset()), (Grown(), far_preset(Grown))],
    ids=[*map(" to ".join, permutations(PRESETS, 2)), "everything", "a new setting"],
)
def test_every_difference_is_in_one_switch(base, target):
    found = switches(base, target)
    turned = [name for switch in found for name in switch.change]
    assert len(turned) == len(set(turned))
    assert set(turned) == differing(base, target)
    assert len({switch.name for switch in found}) == len(found)
    now = base
    for switch in found:
        assert differing(now, switch.turn(now)) == set(switch.change)
        now = switch.turn(now)
    assert dataclasses.replace(now, name=target.name) == target


def test_everything_differs_in_the_far_preset():
    same = {"name", "hidden_direction", *NOT_FIXED}
    assert differing(PAPER, far_preset()) == {f.name for f in dataclasses.fields(Preset)} - same
    assert {*OTHER, *NOT_FIXED} == set(CHOICES)
    assert differing(PAPER, RELEASED) > NOT_FIXED


@pytest.mark.parametrize("names", [*permutations(PRESETS, 2), ANCHORS], ids="-".join)
def test_every_switch_has_an_effect_when_it_is_turned(names):
    for arm in arms(names):  # each alone, and all in a row
        changed = differing(arm.preset, base := PRESETS[names[0]])
        if arm.design != "anchor":
            get_preset(base.name, **{name: getattr(arm.preset, name) for name in changed})


def test_groups_name_settings_that_there_are_once():
    names = [name for group in (GROUPS | LAST).values() for name in group]
    assert len(names) == len(set(names))
    assert set(names) < {field.name for field in dataclasses.fields(Preset)}


def test_a_rate_goes_with_its_optimiser():
    (optimiser,) = (s for s in switches(RELEASED, PAPER) if s.name == "optimiser")
    assert set(optimiser.change) == {"optimizer", "learning_rate", "schedule", "weight_decay"}
    assert optimiser.change["learning_rate"] == (5e-3, 1)


def test_a_switch_that_cannot_be_turned_alone_says_so():
    (queue,) = switches(PAPER, dataclasses.replace(PAPER, queue=0))
    with pytest.raises(ClearError, match="'queue' cannot be turned in preset 'released'"):
        queue.turn(RELEASED)


def test_path_goes_through_paper_to_recommended():
    path = [arm for arm in arms(ANCHORS) if arm.design == "path"]
    legs = {name: [arm for arm in path if arm.towards == name] for name in ANCHORS[1:]}
    now = RELEASED
    for name, leg in legs.items():
        for arm in leg:
            assert differing(now, arm.preset) == set(arm.change)
            now = arm.preset
        assert differing(now, PRESETS[name]) == set()
    assert legs["paper"][-1].name == "optimiser"  # last, and on the way back the rate first
    assert legs["recommended"][0].name == "learning rate"


def test_cards_train_their_arms_and_arms_of_equal_settings_share_one(cards):
    found, records = ablation(arms(ANCHORS), cards)
    for arm, record in zip(arms(ANCHORS), records, strict=True):
        trained = preset_of(found[record["method"]])
        assert dataclasses.replace(trained, name=arm.preset.name) == arm.preset
    methods = {(r["design"], r["towards"], r["name"]): r["method"] for r in records}
    assert methods["anchor", "", "paper"] == methods["path", "paper", "optimiser"] == "clear_paper"
    assert methods["single", "paper", "noise sd"] == methods["path", "paper", "noise sd"]
    assert len(found) == len(set(methods.values())) == len(records) - 3
    assert all(card["id"] == name for name, card in found.items())


def test_a_run_of_the_ablation_is_planned_like_any_other(repository):
    config = read_yaml(repository / "config/config.yaml")
    config |= read_yaml(repository / "config/ablation.yaml")
    plan = load_plan(config, repository)
    planned = {run[3] for run in plan.runs()}
    assert planned == {"pca", *(record["method"] for record in plan.ablation)}
    with pytest.raises(CardError, match="ablation"):
        load_plan(config | {"ablation": ["paper"]}, repository)
    for wrong in ({"papr": {}}, {"paper": [0.1]}, {"paper": {}, "released": {}}):
        with pytest.raises(CardError, match="variants"):
            load_plan(config | {"variants": wrong}, repository)


def test_an_anchor_needs_a_card_that_runs_it(cards):
    others = {name: card for name, card in cards.items() if name != "clear_paper"}
    with pytest.raises(CardError, match="no method card runs the preset 'paper'"):
        ablation(arms(ANCHORS), others)


def test_variants_change_one_thing_and_name_the_preset_as_their_reference(cards):
    wanted = variants("paper", {"temperature": [0.1, 0.2], "queue": [0.0]})
    found, records = ablation(wanted, cards)
    changed = {
        (r["design"], r["name"]): differing(preset_of(found[r["method"]]), PAPER) for r in records
    }
    off = {f"{name}_probability" for name in ("mask", "noise", "swap", "crossover")}
    off |= {"crossover_many_probability"}
    assert changed["anchor", "paper"] == set()
    assert changed["without", "noise"] == {"noise_probability"}
    assert changed["alone", "noise"] == off - {"noise_probability"}
    assert changed["without", "augmentations"] == off
    values = {key: change for key, change in changed.items() if key[0] == "value"}
    assert values == {("value", "temperature"): {"temperature"}, ("value", "queue"): {"queue"}}
    assert repr(found["ablation_value_queue_0"]["settings"]["changes"]) == "{'queue': 0}"
    assert found["ablation_value_temperature_0.1"]["settings"]["changes"] == {"temperature": 0.1}
    assert {r["reference"] for r in records[2:]} == {"clear_paper"}
    assert len(found) == len(records) == 2 + 5 + 1 + 5 + 2


def test_variants_of_the_preset_that_the_card_clear_runs_and_values_that_are_words(cards):
    found, _ = ablation(variants("recommended", {"walk_length": [2]}), cards)
    assert found["ablation_value_walk_length_2"]["script"] == "clear"
    found, _ = ablation(variants("graph_diffusion", {"loss": ["info_nce"]}), cards)
    assert found["ablation_value_loss_info_nce"]["settings"]["changes"] == {"loss": "info_nce"}


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"temprature": [1]}, "variants.paper: a preset has no setting 'temprature'.*temperature"),
        ({"temperature": [0]}, "variants.paper: Setting temperature must be above 0"),
        ({"queue": ["long"]}, "variants.paper: Setting queue must be a whole number"),
        ({"walk_length": [4]}, "variants.paper: Setting walk_length .4. has no effect with neigh"),
    ],
)
def test_a_value_that_the_preset_cannot_have_is_named(values, words):
    with pytest.raises(CardError, match=words):
        variants("paper", values)


@pytest.mark.parametrize("preset", [RELEASED, PAPER], ids=lambda preset: preset.name)
def test_untrained_encoder_is_the_start_to_the_last_bit(preset):
    untrained = dataclasses.replace(preset, **UNTRAINED)
    values = np.random.default_rng(0).gamma(1.0, size=(30, 20)).astype(np.float32)
    model = CLEAR(untrained, seed=3, device="cpu").fit(anndata.AnnData(values))
    start = Learner(30, 20, torch.device("cpu"), preset, 3).query_encoder.state_dict()
    trained = model.encoder_.state_dict()
    assert all(torch.equal(trained[name], start[name]) for name in start)
