"""scGNN: expression states against SciPy, its loss and graph by hand, and runs on easy cells."""

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.optimize import minimize
from scipy.stats import norm
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

from clear.benchmark.methods.outputs import read_embedding


def _two_states(n_cells=2000):
    """Logarithms of one gene in two states, of which those below -0.2 are hidden."""
    rng = np.random.default_rng(0)
    low = rng.random(n_cells) < 0.4
    y = np.where(low, rng.normal(0, 1, n_cells), rng.normal(3, 0.5, n_cells))
    return y, low, y > -0.2


def test_mixture_has_the_largest_likelihood_that_scipy_finds(load):
    ltmg = load("ltmg")
    y, _, seen = (torch.tensor(array)[:, None] for array in _two_states())
    value, number, place = ltmg.histogram(y, seen)
    np.testing.assert_allclose(value.gather(0, place)[seen], y[seen], atol=0.05)
    assert (number * value).sum().item() == pytest.approx(y[seen].sum().item())
    x, times, n_hidden = value.numpy(), number[:, 0].numpy(), (~seen).sum().item()

    def minus_likelihood(theta):
        weight = np.array([theta[0], 1 - theta[0]])
        hidden = norm.cdf(x[0], theta[1:3], theta[3:]) @ weight
        return -times @ np.log(norm.pdf(x, theta[1:3], theta[3:]) @ weight) - n_hidden * np.log(
            hidden
        )

    bounds = [(0.01, 0.99), (-5, 5), (-5, 5), (0.1, 3), (0.1, 3)]
    best = minimize(minus_likelihood, [0.5, 0, 2, 1, 1], bounds=bounds)
    *found, likelihood = ltmg.fit(value, number, torch.tensor([n_hidden]), 2, 1000)
    assert likelihood.item() == pytest.approx(-best.fun, rel=1e-6)
    np.testing.assert_allclose(torch.cat(found)[[0, 2, 3, 4, 5], 0], best.x, atol=0.01)


def test_states_are_numbered_from_the_lowest(load):
    y, low, seen = _two_states()
    X = torch.zeros(len(y), 3)
    X[:, 0] = torch.tensor(np.where(seen, np.exp(y), 0))
    X[:, 1] = torch.tensor(np.exp(y))  # none hidden
    X[:3, 2] = 1.0  # too few values
    state = load("ltmg").states(X, 500).numpy()
    assert not state[~seen, 0].any() and not state[:, 2].any()
    assert set(state[:, 0]) == {0, 1} and set(state[:, 1]) == {1, 2}
    assert (state[seen, 0] == ~low[seen]).mean() > 0.95
    assert (state[:, 1] - 1 == ~low).mean() > 0.95


def test_loss_by_hand(module):
    x, state = torch.tensor([[1.0, 2.0]]), torch.tensor([[0.0, 3.0]])
    network = torch.nn.Linear(2, 2)
    network.weight.data, network.bias.data = torch.eye(2) / 2, torch.tensor([0.0, -0.5])
    # reconstructed as 0.5 and 0.5; absolute weights sum to 1.5
    assert module.loss(network, x).item() == pytest.approx(0.1 * (0.25 + 2.25) + 1.5)
    weighted = 0.1 * (0.25 + 2.25) + 0.9 * 3 * 2.25 + 1.5
    assert module.loss(network, x, state).item() == pytest.approx(weighted)


def test_a_far_neighbour_is_no_edge(module):
    embedding = np.append(np.linspace(0, 1, 10), 99)[:, None]  # each cell is near to ten others
    edges = {tuple(pair) for pair in module.graph_edges(embedding).tolist()}
    assert {(0, 1), (4, 5), (8, 9)} <= edges
    # 98 is far for all others, which are all about as far for it; the farthest is beyond the limit
    assert not {(0, 10), (1, 10)} & edges and (9, 10) in edges


def test_each_round_trains_on_the_last_reconstruction(module, monkeypatch):
    inputs = []
    original = module.train

    def train(network, optimiser, X, state, epochs):
        inputs.append((X, state))
        original(network, optimiser, X, state, epochs)

    monkeypatch.setattr(module, "train", train)
    X = torch.rand(40, 30)
    state = torch.ones_like(X)
    monkeypatch.setattr(module, "SAME", 2)
    module.scgnn(X, state, 2, 1, 2, 0)
    assert inputs[0][0] is X and inputs[0][1] is state
    assert len(inputs) == 3
    assert all(given is not X and none is None for given, none in inputs[1:])


def test_easy_types_are_found_again_with_the_same_seed(run, script, prepare):
    cells = prepare(n_per_type=60)
    settings = {"epochs": 20, "rounds": 1, "mixture_steps": 30}
    outputs, labels = ["embedding", "clusters_estimated_k"], []
    for _ in range(2):
        result = run(script, settings=settings, data=str(cells.folder), outputs=outputs)
        assert result.status["status"] == "ok", result.log
        table = pd.read_csv(result.folder / "clusters.tsv", sep="\t").set_index("cell")
        labels.append(table.loc[cells.cells, "cluster"])
    assert labels[0].equals(labels[1])
    embedding = read_embedding(result.folder, pd.Index(cells.cells))
    given_k = KMeans(3, n_init=10, random_state=0).fit_predict(embedding)
    assert adjusted_rand_score(cells.labels, given_k) > 0.9
