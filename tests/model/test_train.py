"""The training loop: schedule, history, reproducibility, and that it learns."""

import dataclasses
import json
import math

import numpy as np
import pytest
import torch
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

from clear.errors import ClearError
from clear.model.collapse import collapsed
from clear.model.encoder import unit_length
from clear.model.learner import Learner, queue_length
from clear.model.optim import cosine_rate
from clear.model.train import train
from clear.presets import PAPER, RELEASED

SMALL_RELEASED = dataclasses.replace(
    RELEASED, hidden_nodes=16, n_latent=8, batch_size=60, queue=120, epochs=4
)
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


@pytest.mark.parametrize("preset", [SMALL, SMALL_RELEASED])
def test_pool_and_global_states_are_left_alone(pool, preset):
    torch_state, numpy_state = torch.get_rng_state(), np.random.get_state()  # noqa: NPY002
    before = pool.clone()
    train(pool, preset, 0)
    assert torch.equal(torch.get_rng_state(), torch_state)
    assert np.array_equal(np.random.get_state()[1], numpy_state[1])  # noqa: NPY002
    assert torch.equal(pool, before)


def test_global_seed_does_not_matter(pool):
    torch.manual_seed(1)
    first, *_ = train(pool, SMALL, 5)
    torch.manual_seed(2)
    again, *_ = train(pool, SMALL, 5)
    assert torch.equal(weights(first), weights(again))


def test_history_counts_the_negatives_of_every_minibatch(pool):
    # 6 cells in minibatches of 4 and 2; the queue holds two keys per cell, 12.
    _, history, _ = train(pool[:6], dataclasses.replace(SMALL, batch_size=4), 0)
    assert [row["epoch"] for row in history] == [1, 2, 3]
    by_hand = [
        (4 * math.log(7 + 0) + 2 * math.log(3 + 8)) / 6,
        (4 * math.log(7 + 12) + 2 * math.log(3 + 12)) / 6,
        (4 * math.log(7 + 12) + 2 * math.log(3 + 12)) / 6,
    ]
    assert np.allclose([row["chance"] for row in history], by_hand)
    rates = [row["learning_rate"] for row in history]  # of each epoch's second minibatch
    assert rates == [cosine_rate(1e-3, step, 6) for step in (1, 3, 5)]


@pytest.mark.parametrize("cells", [2, 5])
def test_last_minibatch_of_one_cell(pool, cells):
    encoder, history, _ = train(pool[:cells], dataclasses.replace(SMALL, batch_size=cells - 1), 0)
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


def through_json(stored):
    """What a state is after it was written and read."""
    tensors = {name: tensor.clone() for name, tensor in stored["tensors"].items()}
    return {"tensors": tensors, "meta": json.loads(json.dumps(stored["meta"]))}


def test_state_is_a_copy(pool):
    states = []
    train(pool, SMALL, 0, on_epoch=lambda _, state: states.append(state()))
    first, last = states[0]["tensors"], states[-1]["tensors"]
    changed = {name for name in first if not torch.equal(first[name], last[name])}
    assert changed == set(first)


def test_training_of_something_else_is_not_resumed(pool):
    states = []
    train(pool, SMALL, 0, on_epoch=lambda _, state: states.append(through_json(state())))
    other = dataclasses.replace(SMALL, temperature=0.3)
    for cells, preset, seed, message in (
        (pool, SMALL, 1, "its seed is 0, not 1"),
        (pool, other, 0, "its setting temperature is 0.2, not 0.3"),
        (pool[:50], SMALL, 0, "its cells is 200, not 50"),
        (pool[:, :50].contiguous(), SMALL, 0, "its genes is 500, not 50"),
    ):
        with pytest.raises(ClearError, match=message):
            train(cells, preset, seed, resume=states[0])
    del states[0]["tensors"]["random.augment"]
    with pytest.raises(ClearError, match="is incomplete"):
        train(pool, SMALL, 0, resume=states[0])
    with pytest.raises(ClearError, match="does not say what it was"):
        train(pool, SMALL, 0, resume={"tensors": {}, "meta": {}})


def test_released_counts_the_negatives_of_the_queue_only(pool):
    _, history, _ = train(pool, SMALL_RELEASED, 0)
    assert all(math.isclose(row["chance"], math.log(1 + 120), rel_tol=1e-6) for row in history)
    _, few, _ = train(pool[:50], SMALL_RELEASED, 0)  # fewer than a minibatch
    assert all(math.isclose(row["chance"], math.log(1 + 50), rel_tol=1e-6) for row in few)


def test_length_of_the_queue():
    assert [queue_length(PAPER, cells) for cells in (90, 511, 512, 600)] == [180, 1022, 1024, 1024]
    assert [queue_length(RELEASED, cells) for cells in (90, 511, 512, 600)] == [90, 511, 1024, 1024]


def test_released_makes_one_key_per_cell_and_drops_the_rest(pool):
    preset = dataclasses.replace(SMALL_RELEASED, queue=500, epochs=1)
    states = []
    train(pool, preset, 0, on_epoch=lambda _, state: states.append(state()))
    start = Learner(*pool.shape, pool.device, preset, 0).queue.keys
    replaced = (states[0]["tensors"]["queue"] != start).any(1)
    assert replaced.tolist() == [True] * 180 + [False] * 320  # 3 minibatches of 60; 20 left out
    kept = dataclasses.replace(preset, drop_last=False)
    train(pool, kept, 0, on_epoch=lambda _, state: states.append(state()))
    start = Learner(*pool.shape, pool.device, kept, 0).queue.keys
    assert (states[1]["tensors"]["queue"] != start).any(1).sum() == 200


def test_embedding_from_the_key_encoder(pool):
    query, key = (
        dataclasses.replace(SMALL, embedding_from=which, epochs=1) for which in ("query", "key")
    )
    start = weights(Learner(*pool.shape, pool.device, query, 0).query_encoder)
    learned, follower = (weights(train(pool, preset, 0)[0]) for preset in (query, key))
    assert torch.allclose(follower, 0.999 * start + 0.001 * learned, atol=1e-8)
    assert not torch.equal(follower, start)


SWITCHES = [
    field.name
    for field in dataclasses.fields(RELEASED)
    if field.name != "name" and getattr(PAPER, field.name) != getattr(RELEASED, field.name)
]


@pytest.mark.parametrize("switch", SWITCHES)
def test_every_switch_from_released_to_paper_changes_the_encoder(pool, switch):
    few = pool[:150]  # two minibatches of 60 and a rest, more than two of the queue
    base = dataclasses.replace(SMALL_RELEASED, queue=400, learning_rate=0.1, epochs=2)
    if switch == "schedule":
        base = dataclasses.replace(base, epochs=3)
    value = {"epochs": 1, "learning_rate": 1.0}.get(switch, getattr(PAPER, switch))
    changed = dataclasses.replace(base, **{switch: value})
    first, second = (weights(train(few, preset, 0)[0]) for preset in (base, changed))
    assert not torch.equal(first, second)


def test_measures_of_collapse_in_the_history(pool):
    still = dataclasses.replace(SMALL, learning_rate=1e-30, epochs=1)
    (row,) = train(pool, still, 0)[1]
    learner = Learner(*pool.shape, pool.device, still, 0)
    learner.augment.use(pool)
    order = torch.randperm(200, generator=learner.shuffle)
    views = learner.augment.pair(order, order)
    with torch.no_grad():
        x = unit_length(learner.query_encoder(views)).double().numpy()
    assert math.isclose(row["embedding_sd"], x.std(0).mean(), rel_tol=1e-5)
    distances = ((x[:200] - x[200:]) ** 2).sum(1)
    assert math.isclose(row["alignment"], distances.mean(), rel_tol=1e-5)
    pairs = ((x[:200, None] - x[None, :200]) ** 2).sum(2)[np.triu_indices(200, 1)]
    assert math.isclose(row["uniformity"], np.log(np.exp(-2 * pairs).mean()), rel_tol=1e-4)
    assert math.isclose(row["chance"], math.log(399), rel_tol=1e-6)


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_finds_clearly_different_types_at_a_moderate_rate(precision):
    expression, kind = simulated()
    pool = torch.from_numpy(expression)
    preset = dataclasses.replace(PAPER, hidden_nodes=256, learning_rate=1e-3, epochs=60)
    encoder, history, _ = train(pool, preset, 0, precision=precision)
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
    encoder, history, _ = train(pool, dataclasses.replace(PAPER, hidden_nodes=256, epochs=10), 0)
    assert weights(encoder).isfinite().all()
    assert collapsed(history, 128)


def test_loss_that_is_not_finite_is_an_error(pool):
    huge = torch.full((4, 10), 3e38) * torch.tensor([1.0, -1.0] * 5)
    with pytest.raises(ClearError, match=r"loss is nan in epoch 1 of 3; lower the learning rate"):
        train(huge, SMALL, 0)
