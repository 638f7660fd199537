"""The training loop: schedule, history, reproducibility, and that it learns."""

import dataclasses
import math

import numpy as np
import pytest
import torch
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

from clear.encoder import unit_length
from clear.errors import ClearError
from clear.presets import PAPER
from clear.train import collapsed, cosine_rate, train

SMALL = dataclasses.replace(PAPER, hidden_nodes=16, n_latent=8, learning_rate=1e-3, epochs=3)


def simulated(cells=200, genes=500, types=4, depth=1000, difference=1.0, seed=0):
    """Log-normalised Poisson counts of several cell types, and the number of each cell's type."""
    random = np.random.default_rng(seed)
    rates = random.gamma(1.0, 1.0, genes) * np.exp(random.normal(0, difference, (types, genes)))
    kind = np.arange(cells) % types
    rates = rates[kind] / rates[kind].sum(1, keepdims=True)
    counts = random.poisson(random.uniform(depth, 2 * depth, (cells, 1)) * rates)
    return np.log1p(counts / counts.sum(1, keepdims=True) * 1e4).astype(np.float32), kind


@pytest.fixture(scope="module")
def pool():
    return torch.from_numpy(simulated()[0])


def weights(encoder):
    return torch.cat([p.flatten() for p in encoder.parameters()])


def test_cosine_runs_from_the_rate_to_zero():
    assert cosine_rate(1.0, 0, 200) == 1.0
    assert math.isclose(cosine_rate(1.0, 100, 200), 0.5)
    assert math.isclose(cosine_rate(0.5, 50, 200), 0.5 * (2 + 2**0.5) / 4)
    assert cosine_rate(1.0, 200, 200) == 0.0
    rates = [cosine_rate(1.0, step, 200) for step in range(201)]
    assert rates == sorted(rates, reverse=True)


def test_same_seed_same_bits_and_another_seed_other_weights(pool):
    first, history = train(pool, SMALL, 5)
    again, same_history = train(pool, SMALL, 5)
    other, _ = train(pool, SMALL, 6)
    assert torch.equal(weights(first), weights(again))
    assert history == same_history
    assert not torch.equal(weights(first), weights(other))


def test_global_random_states_are_left_alone(pool):
    torch_state, numpy_state = torch.get_rng_state(), np.random.get_state()  # noqa: NPY002
    before = pool.clone()
    train(pool, SMALL, 0)
    assert torch.equal(torch.get_rng_state(), torch_state)
    assert np.array_equal(np.random.get_state()[1], numpy_state[1])  # noqa: NPY002
    assert torch.equal(pool, before)


def test_global_seed_does_not_matter(pool):
    torch.manual_seed(1)
    first, _ = train(pool, SMALL, 5)
    torch.manual_seed(2)
    again, _ = train(pool, SMALL, 5)
    assert torch.equal(weights(first), weights(again))


def test_history_counts_the_negatives_of_every_minibatch(pool):
    # 6 cells in minibatches of 4 and 2; the queue holds two keys per cell, 12.
    _, history = train(pool[:6], dataclasses.replace(SMALL, batch_size=4), 0)
    assert [row["epoch"] for row in history] == [1, 2, 3]
    by_hand = [
        (4 * math.log(7 + 0) + 2 * math.log(3 + 8)) / 6,
        (4 * math.log(7 + 12) + 2 * math.log(3 + 12)) / 6,
        (4 * math.log(7 + 12) + 2 * math.log(3 + 12)) / 6,
    ]
    assert np.allclose([row["chance"] for row in history], by_hand)
    rates = [row["learning_rate"] for row in history]  # of each epoch's second minibatch
    assert rates == [cosine_rate(1e-3, step, 6) for step in (1, 3, 5)]


def test_queue_is_as_long_as_the_preset_says(pool):
    preset = dataclasses.replace(SMALL, batch_size=50, queue=70)
    _, history = train(pool, preset, 0)
    assert math.isclose(history[-1]["chance"], math.log(99 + 70), rel_tol=1e-6)


@pytest.mark.parametrize("cells", [2, 5])
def test_last_minibatch_of_one_cell(pool, cells):
    encoder, history = train(pool[:cells], dataclasses.replace(SMALL, batch_size=cells - 1), 0)
    assert weights(encoder).isfinite().all()
    assert all(math.isfinite(value) for row in history for value in row.values())


def test_momentum_encoder_makes_the_keys(pool):
    slow, fast = (train(pool, dataclasses.replace(SMALL, momentum=m), 0)[1] for m in (0.999, 0.0))
    assert slow[0] == fast[0]  # one minibatch: the encoders still agree in the first step
    assert slow[1] != fast[1]


def k_means_ari(encoder, pool, kind):
    embedding = unit_length(encoder(pool)).numpy()
    found = KMeans(4, n_init=10, random_state=0).fit_predict(embedding)
    return adjusted_rand_score(kind, found)


def test_finds_clearly_different_types_at_a_moderate_rate():
    expression, kind = simulated()
    pool = torch.from_numpy(expression)
    preset = dataclasses.replace(PAPER, hidden_nodes=256, learning_rate=1e-3, epochs=60)
    encoder, history = train(pool, preset, 0)
    assert k_means_ari(encoder, pool, kind) > 0.95
    assert history[-1]["loss"] < history[-1]["chance"] - 0.4
    assert not collapsed(history, preset.n_latent)


def test_learns_what_an_untrained_encoder_does_not_know():
    expression, kind = simulated(depth=400, difference=0.45)
    pool = torch.from_numpy(expression)
    trained = dataclasses.replace(PAPER, hidden_nodes=256, learning_rate=1e-3, epochs=100)
    untrained = dataclasses.replace(trained, learning_rate=1e-12, epochs=1)
    before, after = (
        np.mean([k_means_ari(train(pool, preset, seed)[0], pool, kind) for seed in range(3)])
        for preset in (untrained, trained)
    )
    assert after > before + 0.2  # about 0.4 and 0.8


def test_papers_rate_collapses_without_nan(pool):
    encoder, history = train(pool, dataclasses.replace(PAPER, hidden_nodes=256, epochs=10), 0)
    assert weights(encoder).isfinite().all()
    assert collapsed(history, 128)


def test_loss_that_is_not_finite_is_an_error(pool):
    huge = torch.full((4, 10), 3e38) * torch.tensor([1.0, -1.0] * 5)
    with pytest.raises(ClearError, match=r"loss is nan in epoch 1 of 3; lower the learning rate"):
        train(huge, SMALL, 0)
