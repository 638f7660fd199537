"""A setting changes the embedding, or is refused by name: none is without effect in silence."""

import dataclasses

import numpy as np
import pytest
import torch
from anndata import AnnData

from clear import CLEAR
from clear.effect import without_effect
from clear.errors import ClearError
from clear.model.encoder import embed
from clear.model.train import train
from clear.presets import (
    GRAPH_DIFFUSION,
    PAPER,
    PRESETS,
    RECOMMENDED,
    RELEASED,
    get_preset,
)
from clear.presets.values import CHOICES

CELLS = 50  # minibatches of 16 and, last, of 2
SMALL = {"hidden_nodes": 12, "n_latent": 6, "components": 4, "batch_size": 16, "epochs": 2}
SMALL |= {"min_steps": 0, "swap_fraction": 0.3, "mask_fraction": 0.3}
# What too few cells or steps, or the size of SMALL, would hide.
BY_PRESET = {
    "recommended": {"neighbors": 2, "neighborhood": 10, "walk_length": 4},
    "graph_diffusion": {"neighbors": 3, "neighborhood": 12, "walk_length": 6, "min_communities": 2},
    "paper": {"queue": 40, "learning_rate": 1e-2},
    "released": {"queue": 40},
}
# Limits, which count where data or walks reach them, and rules that few epochs do not reach.
LIMITS = {"queue_limit", "min_communities", "min_steps"}


@pytest.fixture(scope="module")
def pool():
    """Cells of three kinds, log-normalised (cells x genes)."""
    random = np.random.default_rng(0)
    rates = random.gamma(1.0, 1.0, (3, 24))[np.arange(CELLS) % 3]
    return torch.from_numpy(np.log1p(random.poisson(3 * rates)).astype(np.float32))


def others(preset, field):
    """Return other values of a setting, valid ones among them."""
    value = getattr(preset, field.name)
    if field.name in CHOICES:
        return [choice for choice in CHOICES[field.name] if choice != value]
    if field.type is bool:
        return [not value]
    numbers = [value + 3, value // 2] if field.type is int else [value / 2 + 0.01]
    return [number for number in numbers if number != value]


@pytest.mark.parametrize("name", PRESETS)
def test_a_setting_changes_the_embedding_or_is_refused(pool, name):
    preset = dataclasses.replace(PRESETS[name], **SMALL | BY_PRESET[name])

    def embedding(preset):
        encoder, *_ = train(pool, preset, 0, verbose=False)
        return embed(encoder, pool, preset)

    before, tried = embedding(preset), set()
    for field in dataclasses.fields(preset):
        for value in [] if field.name == "name" else others(preset, field):
            try:
                changed = dataclasses.replace(preset, **{field.name: value})
            except ClearError as error:
                assert field.name in str(error)
                continue
            found = embedding(changed)
            same = torch.equal(found, before) if found.shape == before.shape else False
            assert found.isfinite().all(), (field.name, value)
            idle = field.name in without_effect(changed)
            assert same == idle or (same and field.name in LIMITS), (field.name, value)
            tried.add(field.name)
    assert len(tried) > 35


@pytest.mark.parametrize(
    ("preset", "change", "words"),
    [
        (RECOMMENDED, {"momentum": 0.9}, r"momentum \(0.9\) has no effect with keys='components'"),
        (RECOMMENDED, {"temperature": 0.1}, "temperature .* loss='spectral': leave it at 0.2, or"),
        (GRAPH_DIFFUSION, {"temperature": 0.1}, "or set loss='info_nce'"),
        (RECOMMENDED, {"queue_start": "random"}, "queue_start .* with queue=0"),
        (RECOMMENDED, {"queue_limit": "one_batch"}, "queue_limit .* with queue=0"),
        (RECOMMENDED, {"sgd_momentum": 0.5}, "sgd_momentum .* optimizer='adam'"),
        (RELEASED, {"adam_beta1": 0.5}, "adam_beta1 .* optimizer='sgd'"),
        (PAPER, {"walk_length": 4}, "walk_length .* neighbors=0"),
        (PAPER, {"components": 20}, "components .* neighbors=0"),
        (PAPER, {"noise_probability": 0, "noise_sd": 0.5}, "noise_sd .* noise_probability=0"),
        (PAPER, {"noise_sd": 0, "noise_fraction": 0.5}, "noise_fraction .* noise_sd=0"),
        (PAPER, {"mask_fraction": 0, "mask_probability": 1}, "mask_probability .* mask_fraction=0"),
        (
            PAPER,
            {"own_donor": True, "crossover_probability": 0, "crossover_many_fraction": 0},
            "own_donor .* crossover_probability=0, crossover_many_fraction=0",
        ),
    ],
)
def test_what_has_no_effect_is_refused_before_the_training(adata, preset, change, words):
    with pytest.raises(ClearError, match=words):
        get_preset(preset.name, **change)
    for name in (preset.name, "mine"):
        with pytest.raises(ClearError, match=words):
            CLEAR(dataclasses.replace(preset, name=name, **change), verbose=False).fit(adata)


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_what_a_preset_has_anyway_need_not_be_set_again(preset):
    for change in (
        *(
            {"neighbors": 0},
            {"noise_probability": 0},
            {"crossover_fraction": 0, "swap_fraction": 0},
        ),
        {"optimizer": "sgd" if preset.optimizer == "adam" else "adam"},
    ):
        get_preset(preset.name, **change)


def test_batches_leave_no_room_for_own_scores(adata):
    adata.obs["sample"] = ["a", "b"] * (adata.n_obs // 2)
    with pytest.raises(ClearError, match="own_share .0.7. has no effect with batch_key"):
        CLEAR(get_preset("recommended", own_share=0.7), batch_key="sample").fit(adata)


def test_a_stored_model_may_have_settings_without_effect(adata, tmp_path):
    short = dataclasses.replace(RECOMMENDED, epochs=1, min_steps=0)
    model = CLEAR(short, verbose=False).fit(adata)
    model.preset_ = dataclasses.replace(model.preset_, temperature=0.1)
    model.save(tmp_path / "model")
    same = CLEAR.load(tmp_path / "model")
    assert np.array_equal(same.transform(adata), model.transform(adata))
    with pytest.raises(ClearError, match="temperature"):
        same.fit(adata)


@pytest.mark.parametrize("batch_size", [2, 7, 512])
@pytest.mark.parametrize("cells", [15, 30])
@pytest.mark.parametrize("name", PRESETS)
def test_few_cells_are_trained_on_whatever_the_minibatch(adata, name, cells, batch_size):
    preset = dataclasses.replace(PRESETS[name], batch_size=batch_size, epochs=2, min_steps=0)
    model = CLEAR(dataclasses.replace(preset, learning_rate=1e-4), device="cpu", verbose=False)
    few = AnnData(adata.X[:cells].astype(np.float32))
    assert np.isfinite(model.fit_transform(few)).all()
    full = cells // min(batch_size, cells)
    left = cells % min(batch_size, cells) > 0
    assert preset.steps_per_epoch(cells) == full + (left and not preset.drop_last)


@pytest.mark.parametrize("preset", [RECOMMENDED, GRAPH_DIFFUSION])
def test_one_cell_in_a_minibatch_needs_a_queue(adata, preset):
    with pytest.raises(ClearError, match="batch_size must be at least 2 where queue is 0"):
        get_preset(preset.name, batch_size=1)
    with pytest.raises(ClearError, match="batch_size"):
        dataclasses.replace(PAPER, queue=0, batch_size=1)
    for queued in (preset, PAPER, RELEASED):
        one = dataclasses.replace(queued, batch_size=1, queue=16, epochs=2, min_steps=0)
        one = dataclasses.replace(one, learning_rate=1e-4)
        assert np.isfinite(CLEAR(one, verbose=False).fit_transform(adata)).all()


def test_no_queue_is_none_for_few_cells_either():
    from clear.model.learner import queue_length

    none = dataclasses.replace(PAPER, queue=0, queue_limit="one_batch")
    assert queue_length(none, 30) == queue_length(none, 3000) == 0
    assert queue_length(RELEASED, 30) == 30


def test_fewer_dimensions_lower_the_components_and_more_leave_them(adata):
    short = dataclasses.replace(RECOMMENDED, epochs=1, min_steps=0)
    for dimensions, components in ((8, 8), (25, RECOMMENDED.components), (60, 20)):
        model = CLEAR(short, n_latent=dimensions, verbose=False)
        assert model.fit_transform(adata).shape == (adata.n_obs, dimensions)
        assert model.preset_.components == components


@pytest.mark.parametrize("wrong", ["8", [8], 8.5, 0, True])
def test_dimensions_that_are_no_number_are_named_with_fixed_keys_too(adata, wrong):
    with pytest.raises(ClearError, match="Setting n_latent must be"):
        CLEAR(n_latent=wrong, verbose=False).fit(adata)


def test_seconds_between_checkpoints_need_one(adata):
    with pytest.raises(ClearError, match="checkpoint_seconds .5. has no effect without"):
        CLEAR(verbose=False).fit(adata, checkpoint_seconds=5)


def test_epochs_that_are_too_few_are_said_to_be(adata, caplog):
    caplog.set_level("INFO", logger="clear")
    CLEAR(get_preset("recommended", epochs=2, min_steps=5), device="cpu").fit(adata)
    assert "5 epochs instead of 2: so many make 5 steps" in caplog.text
    caplog.clear()
    CLEAR(get_preset("recommended", min_steps=12), device="cpu").fit(adata)
    assert "instead of" not in caplog.text
