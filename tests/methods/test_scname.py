"""scNAME: its losses against SciPy and hand computation, and a run on easy cells."""

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.stats import nbinom
from sklearn.metrics import adjusted_rand_score


def test_likelihood_is_that_of_scipy_with_more_zeros(load):
    rng = np.random.default_rng(0)
    counts = rng.poisson(2.0, (6, 5)).astype(float)
    counts[0] = 0
    factors = rng.uniform(0.5, 2, (6, 1))
    mean, size = rng.uniform(0.1, 5, (2, 6, 5))
    dropout = rng.uniform(0.05, 0.9, (6, 5))
    law = nbinom.pmf(counts, size, size / (size + mean * factors))
    expected = -np.log((1 - dropout) * law + dropout * (counts == 0)).mean()
    expected += (dropout**2).mean()
    logit = np.log(dropout / (1 - dropout))
    arrays = (torch.tensor(a) for a in (counts, factors, mean, size, logit))
    assert load("losses").zinb_loss(*arrays).item() == pytest.approx(expected)


def test_a_mean_beyond_the_largest_float_leaves_the_gradients_finite(load):
    network = load("scname").Network(4)
    with torch.no_grad():
        network.heads["mean"].bias[:2] = torch.tensor([500.0, -500.0])
    mean, size, logit = network.counts(torch.zeros(3, 32))
    assert mean[0, 0].item() == pytest.approx(1e6) and mean[0, 1].item() == pytest.approx(1e-5)
    load("losses").zinb_loss(torch.ones(3, 4), torch.ones(3, 1), mean, size, logit).backward()
    gradients = [p.grad for p in network.parameters() if p.grad is not None]
    assert gradients and all(g.isfinite().all() for g in gradients)


def test_neighbourhood_loss_by_hand(load, monkeypatch):
    losses = load("losses")
    monkeypatch.setattr(losses, "NEIGHBOURS", 2)
    bank = np.array([[1.0, 0.0], [3.0, 3.0], [0.0, 2.0], [-1.0, 0.0]])
    z, corrupted = np.array([[2.0, 0.1]]), np.array([[0.0, 5.0]])
    cosine = np.array([0, np.sqrt(0.5), 1, 0])  # of the corrupted cell; z is nearest to 0 and 1
    share = np.exp(cosine / 0.7)
    expected = -np.log((share[0] + share[1]) / share.sum())
    found = losses.neighbourhood_loss(*(torch.tensor(a) for a in (z, corrupted, bank)))
    assert found.item() == pytest.approx(expected)


def test_soft_kmeans_by_hand(load):
    z, centres = np.array([[0.0, 0.0], [1.0, 1.0]]), np.array([[0.0, 0.5], [1.0, 0.0]])
    distance = np.array([[0.25, 1.0], [1.25, 1.0]])
    q = np.exp(-distance)
    q /= q.sum(axis=1, keepdims=True)
    q = q**2 / (q**2).sum(axis=1, keepdims=True)
    found = load("losses").soft_kmeans(torch.tensor(z), torch.tensor(centres))
    assert found.item() == pytest.approx((q * distance).sum(axis=1).mean())


def test_corruption_exchanges_values_within_a_gene(load):
    torch.manual_seed(0)
    x = torch.arange(200.0)[:, None] + 1000 * torch.arange(50)
    corrupted, changed = load("scname").corrupt(x)
    assert torch.equal(changed, (corrupted != x).float())
    assert changed.mean().item() == pytest.approx(0.3, abs=0.02)
    assert torch.equal(corrupted // 1000, x // 1000)


def test_masks_and_neighbours_train_the_encoder_of_the_clean_cells(load):
    scname = load("scname")
    rng = np.random.default_rng(1)
    options = {"batch_size": 8, "rate": 1e-3, "seed": 0, "device": torch.device("cpu")}
    training = scname.Training(rng.normal(size=(20, 30)), np.ones((20, 30)), np.ones(20), **options)
    assert sorted(set(training.batches.tolist())) == list(range(20))
    assert len(training.batches) == 24  # three batches, the last filled from the start
    z = training.network.encoder(training.X)
    bank = torch.randn(20, 32)
    scname.neighbourhood_loss(z.detach(), z, bank).backward()
    gradient = training.network.encoder[0].weight.grad
    assert gradient.abs().sum() > 0
    before = training.embed()
    training.pretrain(1)
    assert not torch.allclose(before, training.embed())


def test_the_seed_decides(load):
    rng = np.random.default_rng(2)
    data = rng.normal(size=(30, 40)), rng.poisson(1.0, (30, 40)), np.ones(30)

    def cluster(seed):
        training = load("scname").Training(*data, 16, 1e-3, seed, torch.device("cpu"))
        training.pretrain(3)
        return training.cluster(3, 3)

    (first, labels), (again, same), (other, _) = cluster(0), cluster(0), cluster(1)
    np.testing.assert_array_equal(first, again)
    np.testing.assert_array_equal(labels, same)
    assert not np.array_equal(first, other)


def test_easy_types_are_found(run, script, prepared):
    settings = {"pretrain_epochs": 100, "cluster_epochs": 100}
    outputs = ["embedding", "clusters_given_k"]
    result = run(script, settings=settings, told=["n_clusters"], outputs=outputs)
    assert result.status["status"] == "ok", result.log
    table = pd.read_csv(result.folder / "clusters.tsv", sep="\t").set_index("cell")
    assert adjusted_rand_score(prepared.labels, table.loc[prepared.cells, "cluster"]) > 0.9
