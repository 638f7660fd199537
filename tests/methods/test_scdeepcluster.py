"""scDeepCluster: losses and genes against SciPy and loops, and a run on easy cells."""

import numpy as np
import pandas as pd
import pytest
import torch
import yaml
from scipy.sparse import csr_matrix
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
    logit = np.log(dropout / (1 - dropout))
    arrays = (torch.tensor(a) for a in (counts, factors, mean, size, logit))
    assert load("losses").zinb_loss(*arrays).item() == pytest.approx(expected)


def test_a_mean_beyond_the_largest_float_leaves_the_gradients_finite(load):
    network = load("scdeepcluster").Network(4)
    with torch.no_grad():
        network.heads["mean"].bias[:2] = torch.tensor([500.0, -500.0])
    mean, size, logit = network.counts(torch.zeros(3, 32))
    assert mean[0, 0].item() == pytest.approx(1e6) and mean[0, 1].item() == pytest.approx(1e-5)
    load("losses").zinb_loss(torch.ones(3, 4), torch.ones(3, 1), mean, size, logit).backward()
    gradients = [p.grad for p in network.parameters() if p.grad is not None]
    assert gradients and all(g.isfinite().all() for g in gradients)


def test_clustering_loss_by_hand(load):
    losses = load("losses")
    z, centres = torch.tensor([[0.0, 0.0], [3.0, 0.0]]), torch.tensor([[1.0, 0.0], [3.0, 1.0]])
    kernel = np.array([[1 / 2, 1 / 11], [1 / 5, 1 / 2]])  # 1 / (1 + squared distance)
    q = kernel / kernel.sum(axis=1, keepdims=True)
    p = np.empty_like(q)
    for cell in range(2):
        for cluster in range(2):
            p[cell, cluster] = q[cell, cluster] ** 2 / q[:, cluster].sum()
        p[cell] /= p[cell].sum()
    found = losses.memberships(z, centres)
    np.testing.assert_allclose(found, q, rtol=1e-6)
    np.testing.assert_allclose(losses.sharpened(found), p, rtol=1e-6)
    loss = losses.cluster_loss(losses.sharpened(found), found).item()
    assert loss == pytest.approx((p * np.log(p / q)).sum() / 2, abs=1e-5)


def test_genes_are_those_above_the_curve_that_their_number_passes(load):
    rng = np.random.default_rng(1)
    counts = rng.poisson(rng.gamma(0.5, 4, 60), (80, 60)) * rng.integers(0, 2, (80, 60))
    counts[:, 0] = 5  # never 0
    counts[:, 1] = np.arange(80) < 9  # in too few cells
    chosen = load("genes").select_genes(csr_matrix(counts.astype(float)), 20)
    usable = [g for g in range(60) if (counts[:, g] > 0).sum() >= 10 and (counts[:, g] == 0).any()]
    share = {g: (counts[:, g] == 0).mean() for g in usable}
    mean = {g: np.log2(counts[counts[:, g] > 0, g]).mean() for g in usable}
    for a in np.linspace(-5, 10, 20000):
        above = [g for g in usable if share[g] > np.exp(-1.5 * (mean[g] - a)) + 0.02]
        if len(above) == 20:
            break
    assert chosen.tolist() == above


@pytest.fixture
def train(load):
    """Train on 40 cells of noise, for as many epochs as it says."""
    rng = np.random.default_rng(2)
    data = rng.normal(size=(40, 30)), rng.poisson(1.0, (40, 30)), np.ones(40)

    def run(seed=0, epochs=5, **options):
        settings = {"epochs": epochs, "gamma": 1.0, "tolerance": 0.0, **options}
        training = load("scdeepcluster").Training(*data, 16, 2.5, seed, torch.device("cpu"))
        training.pretrain(3, 1e-3)
        start = training.embed().numpy()
        return start, *training.cluster(3, **settings)

    return run


def test_the_seed_decides(train):
    (_, first, labels), (_, again, same), (_, other, _) = train(), train(), train(seed=1)
    np.testing.assert_array_equal(first, again)
    np.testing.assert_array_equal(labels, same)
    assert not np.array_equal(first, other)


def test_training_ends_when_few_labels_change(train):
    start, one, _ = train(epochs=1)
    assert not np.array_equal(start, one)
    _, early, _ = train(epochs=50, tolerance=1.1)  # every change is small enough after an epoch
    np.testing.assert_array_equal(one, early)
    assert not np.array_equal(one, train(epochs=2)[1])


def test_clustering_loss_pulls_cells_to_centres(train):
    def confidence(gamma):
        _, z, labels = train(epochs=40, gamma=gamma)
        centres = np.stack([z[labels == c].mean(axis=0) for c in np.unique(labels)])
        within = ((z - centres[np.unique(labels, return_inverse=True)[1]]) ** 2).sum()
        return within / ((z - z.mean(axis=0)) ** 2).sum()

    assert confidence(1.0) < confidence(0.0)


def test_easy_types_are_found(run, repository, script, prepared):
    card = yaml.safe_load((repository / "config/methods/scdeepcluster.yaml").read_text())
    settings = card["settings"] | card["quick_settings"]
    order = {"settings": settings, "told": card["told"], "outputs": card["outputs"]}
    result = run(script, **order)
    assert result.status["status"] == "ok", result.log
    table = pd.read_csv(result.folder / "clusters.tsv", sep="\t").set_index("cell")
    assert adjusted_rand_score(prepared.labels, table.loc[prepared.cells, "cluster"]) > 0.9
