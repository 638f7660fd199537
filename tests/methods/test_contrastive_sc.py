"""contrastive-sc: its loss against the double loop, and a run on easy cells."""

import math

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

from clear.benchmark.methods.outputs import read_embedding


def test_loss_equals_the_loop_over_pairs_of_views(module):
    rng = np.random.default_rng(0)
    views = rng.normal(size=(10, 4))
    views /= np.linalg.norm(views, axis=1, keepdims=True)
    total = 0.0
    for i in range(10):
        others = [math.exp(views[i] @ views[j] / 0.07) for j in range(10) if j != i]
        total -= math.log(math.exp(views[i] @ views[(i + 5) % 10] / 0.07) / sum(others))
    one, other = torch.tensor(views).split(5)
    assert module.nt_xent(one, other).item() == pytest.approx(total / 10)


def test_the_two_passes_drop_different_inputs_and_the_last_one_none(module):
    torch.manual_seed(0)
    encoder = module.Encoder(300)
    x = torch.randn(20, 300)
    assert not torch.allclose(encoder(x), encoder(x))
    encoder.eval()
    torch.testing.assert_close(encoder(x), encoder(x))
    torch.testing.assert_close(encoder(x).norm(dim=1), torch.ones(20))


def test_learning_rate_follows_the_cosine(module):
    assert module.learning_rate(0.4, 0) == pytest.approx(0.4)
    assert module.learning_rate(0.4, 250) == pytest.approx((0.4 + 0.0004) / 2)
    assert module.learning_rate(0.4, 500) == pytest.approx(0.0004)


def test_the_seed_decides(module):
    X = np.random.default_rng(1).normal(size=(30, 50))
    first, again, other = (
        module.embed(X, 2, 16, 0.4, seed, torch.device("cpu")) for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_easy_types_are_found(run, script, prepared):
    settings = {"epochs": 10, "batch_size": 89}  # leaves a batch of one cell
    result = run(script, settings=settings)
    assert result.status["status"] == "ok", result.log
    embedding = read_embedding(result.folder, pd.Index(prepared.cells))
    labels = KMeans(3, n_init=10, random_state=0).fit_predict(embedding)
    assert adjusted_rand_score(prepared.labels, labels) > 0.9
