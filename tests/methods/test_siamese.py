"""VICReg and SimCLR on CLEAR's encoder: losses against loops, training, and a run on easy cells."""

import math
from functools import partial

import numpy as np
import pandas as pd
import pytest
import torch
import yaml
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

from clear.benchmark.methods.outputs import read_embedding
from clear.model.encoder import embed
from clear.model.learner import Learner
from clear.presets import get_preset


@pytest.fixture
def views():
    """Two views of 6 cells in 4 dimensions."""
    return np.random.default_rng(0).normal(size=(2, 6, 4)) * [0.1, 0.5, 1.0, 2.0]


def test_vicreg_equals_its_terms_by_loops(load, views):
    expected = 25 * sum((a - b) ** 2 for a, b in zip(*views.reshape(2, -1), strict=True)) / 24
    for z in views:
        mean = [sum(z[:, j]) / 6 for j in range(4)]
        for j in range(4):
            for k in range(4):
                covariance = sum((row[j] - mean[j]) * (row[k] - mean[k]) for row in z) / 5
                if j == k:
                    expected += 10 * max(0, 1 - math.sqrt(covariance + 1e-4)) / 4
                else:
                    expected += 2 * covariance**2 / 4
    found = load("losses").vicreg(*torch.tensor(views), invariance=25, variance=10, covariance=2)
    assert found.item() == pytest.approx(expected)


def test_nt_xent_equals_the_loop_over_pairs_of_views(load, views):
    rows = views.reshape(12, 4) / np.linalg.norm(views.reshape(12, 4), axis=1, keepdims=True)
    total = 0.0
    for i in range(12):
        others = sum(math.exp(rows[i] @ rows[j] / 0.3) for j in range(12) if j != i)
        total -= math.log(math.exp(rows[i] @ rows[(i + 6) % 12] / 0.3) / others)
    found = load("losses").simclr(*torch.tensor(views), temperature=0.3)
    assert found.item() == pytest.approx(total / 12)


def test_projector_has_no_activation_after_its_last_layer(module):
    def kinds(batch_norm):
        return [type(x).__name__ for x in module.build_projector([8, 6, 4], batch_norm)]

    assert kinds(batch_norm=False) == ["Linear", "ReLU", "Linear"]
    assert kinds(batch_norm=True) == ["Linear", "BatchNorm1d", "ReLU", "Linear"]


@pytest.fixture
def train(load, module):
    """Train VICReg on 33 cells of noise, the last minibatch of which is one cell."""
    profiles = torch.from_numpy(np.random.default_rng(1).gamma(1, 1, (33, 40)).astype("f"))
    options = {"invariance": 25.0, "variance": 25.0, "covariance": 1.0}

    def run(seed=0, **changes):
        preset = get_preset("paper", **{"learning_rate": 1e-3, "batch_size": 16} | changes)
        torch.manual_seed(seed)
        projector = module.build_projector([preset.n_latent, 64, 64], batch_norm=True)
        loss = partial(load("losses").vicreg, **options)
        return profiles, preset, *module.train(profiles, preset, loss, projector, seed)

    return run


def test_the_seed_decides_and_the_loss_falls(train):
    (*_, first, history), (*_, again, _), (*_, other, _) = (
        train(seed, epochs=30) for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    assert history[-1] < 0.9 * history[0]


def test_training_starts_from_the_encoder_of_clear(train):
    profiles, preset, found, _ = train(seed=3, epochs=1, learning_rate=1e-30)
    learner = Learner(*profiles.shape, torch.device("cpu"), preset, seed=3)
    with torch.inference_mode():
        start = embed(learner.query_encoder, profiles, preset)
    np.testing.assert_allclose(found, start, rtol=1e-5, atol=1e-6)


def test_a_loss_that_is_not_finite_is_an_error(module):
    def loss(one, other):
        return (one - other).sum() * math.nan

    with pytest.raises(RuntimeError, match="the loss is nan in epoch 1"):
        module.train(torch.rand(9, 20), get_preset("paper"), loss, torch.nn.Identity(), 0)


@pytest.mark.parametrize("name", ["vicreg", "simclr"])
def test_easy_types_are_found(run, repository, script, prepared, name):
    card = yaml.safe_load((repository / f"config/methods/{name}.yaml").read_text())
    result = run(script, settings=card["settings"] | card["quick_settings"])
    assert result.status["status"] == "ok", result.log
    assert result.status["message"] == ""  # every setting is read
    embedding = read_embedding(result.folder, pd.Index(prepared.cells))
    assert embedding.shape == (90, 128)
    labels = KMeans(3, n_init=10, random_state=0).fit_predict(embedding)
    assert adjusted_rand_score(prepared.labels, labels) > 0.9


@pytest.mark.parametrize("name", ["vicreg", "simclr"])
def test_clear_at_the_low_rate_is_trained_as_they_are(repository, name):
    theirs, its = (
        yaml.safe_load((repository / f"config/methods/{card}.yaml").read_text())
        for card in (name, "clear_paper_low_rate")
    )
    for key in ("settings", "quick_settings"):
        preset = get_preset("paper", **its[key]["changes"])
        for setting in {"epochs", "learning_rate", "weight_decay"} & theirs[key].keys():
            assert getattr(preset, setting) == theirs[key][setting]


def test_an_unknown_loss_is_an_error(run, script):
    result = run(script, settings={"loss": "vicregg"})
    assert result.status["status"] == "failed"
    assert "loss must be vicreg or simclr, not 'vicregg'" in result.status["message"]
