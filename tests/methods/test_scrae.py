"""scRAE: its likelihood against SciPy, its gradient penalty by hand, and a run on easy cells."""

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.stats import nbinom
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

from clear.benchmark.methods.outputs import read_embedding


def test_likelihood_is_that_of_scipy_with_more_zeros(module):
    rng = np.random.default_rng(0)
    x = rng.poisson(1.5, (6, 5)).astype(float)
    mean = rng.uniform(0.1, 5, (6, 5))
    size = rng.uniform(0.1, 5, 5)
    dropout = rng.uniform(0.05, 0.9, (6, 5))
    law = nbinom.pmf(x, size, size / (size + mean))
    expected = np.log((1 - dropout) * law + dropout * (x == 0))
    logit = np.log(dropout / (1 - dropout))
    found = module.log_likelihood(*(torch.tensor(array) for array in (x, mean, size, logit)))
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_gradient_penalty_of_a_linear_critic(module):
    critic = torch.nn.Linear(3, 1)
    critic.weight.data = torch.tensor([[1.0, 2.0, 2.0]])
    real, fake = torch.randn(2, 7, 3)
    penalty = module.gradient_penalty(critic, real, fake)
    assert penalty.item() == pytest.approx((3 - 1) ** 2)
    penalty.backward()  # d (|w| - 1)^2 / dw = 2 (|w| - 1) w / |w|
    torch.testing.assert_close(critic.weight.grad, 4 / 3 * critic.weight.data)


def test_each_fifth_iteration_trains_the_generator_the_others_the_critic(module):
    torch.manual_seed(0)
    X = torch.rand(12, 30)
    training = module.Training(X, 1e-3, 1e-3)
    moved = []
    for iteration in range(6):
        weights = training.generator[0].weight, training.critic[0].weight
        before = [weight.detach().clone() for weight in weights]
        training.step(X, iteration)
        moved.append([not torch.equal(*pair) for pair in zip(before, weights, strict=True)])
    assert moved == [[True, False], *[[False, True]] * 4, [True, False]]


def test_encoder_and_critic_pull_in_opposite_directions(module):
    torch.manual_seed(0)
    X = torch.rand(12, 30)
    training = module.Training(X, 0.0, 1e-3)  # the encoder stays

    def gap():
        torch.manual_seed(1)
        with torch.no_grad():
            fake = training.generator(torch.randn(500, module.LATENT))
            real = training.critic(training.encoder(X)[0]).mean()
            return (real - training.critic(fake).mean()).item()

    first = gap()
    for _ in range(50):
        training.step(X, iteration=1)
    apart = gap()
    assert apart > first
    for group in training.encoding.param_groups:
        group["lr"] = 1e-3
    for _ in range(50):
        training.step(X, iteration=0)
    assert gap() < apart


def test_the_seed_decides(module):
    X = np.random.default_rng(1).random((30, 50))
    first, again, other = (
        module.embed(X, 2, 16, 1e-3, 1e-4, seed, torch.device("cpu")) for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_easy_types_are_found(run, script, prepared):
    result = run(script, settings={"epochs": 30})
    assert result.status["status"] == "ok", result.log
    embedding = read_embedding(result.folder, pd.Index(prepared.cells))
    labels = KMeans(3, n_init=10, random_state=0).fit_predict(embedding)
    assert adjusted_rand_score(prepared.labels, labels) > 0.9
