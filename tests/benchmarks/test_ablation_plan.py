"""Two presets taken apart into switches, and put together again."""

import dataclasses

import anndata
import numpy as np
import pytest
import torch

from clear import CLEAR
from clear.benchmark.ablation.plan import plan, untrained
from clear.benchmark.ablation.switches import GROUPS, LAST, settings_hash, switches
from clear.errors import ClearError
from clear.model.learner import Learner
from clear.presets import CHOICES, PAPER, RELEASED, Preset

# Every setting unlike the paper's, as a preset to come may have them.
OTHER = {"queue_limit": "one_batch", "queue_start": "random", "embedding_from": "key"}
OTHER |= {"schedule": "drops", "optimizer": "sgd", "loss": "spectral"}


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
    return kind(**changed, **OTHER)


@dataclasses.dataclass(frozen=True)
class Grown(Preset):
    """A preset with a setting that nobody has grouped."""

    new_setting: float = 0.0


def differing(one, other):
    one, other = dataclasses.asdict(one), dataclasses.asdict(other)
    return {name for name in one if name != "name" and one[name] != other[name]}


@pytest.mark.parametrize(
    ("base", "target"),
    [(RELEASED, PAPER), (PAPER, RELEASED), (PAPER, far_preset()), (Grown(), far_preset(Grown))],
    ids=["to paper", "to released", "everything", "a new setting"],
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
    assert differing(PAPER, far_preset()) == {f.name for f in dataclasses.fields(Preset)} - {"name"}
    assert set(OTHER) == set(CHOICES)


def test_same_presets_have_no_switch():
    assert switches(PAPER, dataclasses.replace(PAPER, name="copy")) == []


def test_groups_name_settings_that_there_are_once():
    names = [name for group in (GROUPS | LAST).values() for name in group]
    assert len(names) == len(set(names))
    assert set(names) < {field.name for field in dataclasses.fields(Preset)}


def test_a_rate_goes_with_its_optimiser():
    (optimiser,) = (s for s in switches(RELEASED, PAPER) if s.name == "optimiser")
    assert set(optimiser.change) == {"optimizer", "learning_rate", "schedule", "weight_decay"}
    assert optimiser.change["learning_rate"] == (5e-3, 1)


def test_single_arms_are_released_but_for_one_switch():
    single = [arm for arm in plan({"released": RELEASED, "paper": PAPER}) if arm.design == "single"]
    changed = [differing(RELEASED, arm.preset) for arm in single]
    assert [set(arm.switch.change) for arm in single] == changed
    assert set.union(*changed) == differing(RELEASED, PAPER)


def test_path_goes_through_paper_to_recommended():
    recommended = far_preset()
    arms = plan({"paper": PAPER, "recommended": recommended, "released": RELEASED})
    path = [arm for arm in arms if arm.design == "path"]
    first = [arm for arm in path if arm.towards == "paper"]
    second = path[len(first) :]
    assert dataclasses.replace(first[-1].preset, name="paper") == PAPER
    assert dataclasses.replace(second[-1].preset, name="recommended") == recommended
    assert {arm.towards for arm in second} == {"recommended"}
    assert first[-1].name == second[0].name == "optimiser"
    now = RELEASED
    for arm in path:
        assert differing(now, arm.preset) == set(arm.switch.change)
        now = arm.preset


def test_designs_share_the_runs_of_equal_settings():
    arms = plan({"released": RELEASED, "paper": PAPER})
    keys = {(arm.design, arm.name): arm.key for arm in arms}
    path = [arm for arm in arms if arm.design == "path"]
    assert keys["single", path[0].name] == path[0].key
    assert keys["anchor", "paper"] == path[-1].key
    assert len(set(keys.values())) == len(arms) - 2


def test_settings_hash_tells_settings_and_nothing_else():
    hashes = {
        settings_hash(dataclasses.replace(PAPER, **{name: getattr(far_preset(), name)}))
        for name in differing(PAPER, far_preset())
    }
    assert len(hashes | {settings_hash(PAPER)}) == len(differing(PAPER, far_preset())) + 1
    assert settings_hash(dataclasses.replace(RELEASED, name="mine")) == settings_hash(RELEASED)
    assert settings_hash(dataclasses.replace(RELEASED, weight_decay=0)) == settings_hash(
        dataclasses.replace(RELEASED, weight_decay=0.0)
    )
    grown = Grown(**dataclasses.asdict(RELEASED))
    assert settings_hash(grown) == settings_hash(RELEASED)


def test_a_switch_that_cannot_be_turned_alone_says_so():
    (queue,) = switches(PAPER, dataclasses.replace(PAPER, queue=0))
    with pytest.raises(ClearError, match="'queue' cannot be turned in preset 'released'"):
        queue.turn(RELEASED)


@pytest.mark.parametrize("preset", [RELEASED, PAPER], ids=lambda preset: preset.name)
def test_untrained_encoder_is_the_start_to_the_last_bit(preset):
    values = np.random.default_rng(0).gamma(1.0, size=(30, 20)).astype(np.float32)
    model = CLEAR(untrained(preset), seed=3, device="cpu").fit(anndata.AnnData(values))
    start = Learner(30, 20, torch.device("cpu"), preset, 3).query_encoder.state_dict()
    trained = model.encoder_.state_dict()
    assert all(torch.equal(trained[name], start[name]) for name in start)
