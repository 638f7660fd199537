"""The graph, and the walk on it: against scikit-learn and the powers of its matrix."""

import logging
import sys

import numpy as np
import torch
from scipy import stats
from sklearn.neighbors import NearestNeighbors

from clear.model.walks import informative_length, shared_graph, walk, walks_kernel
from tests.model.neighbours.graphs import CELLS, generator, principal_scores


def test_neighbours_are_those_of_scikit_learn_in_each_group(pool):
    scores = principal_scores(pool)
    groups = torch.randperm(CELLS, generator=generator()).tensor_split(3)
    nearest, reverse, begin, number = shared_graph(scores, groups, 4)
    for rows in groups:
        search = NearestNeighbors(n_neighbors=5, metric="cosine").fit(scores[rows].numpy())
        expected = rows.numpy()[search.kneighbors(return_distance=False)[:, :]]
        for cell, ours in zip(rows.tolist(), nearest[rows].tolist(), strict=True):
            theirs = expected[rows.tolist().index(cell)][:4]
            assert set(ours) == set(theirs.tolist())
    for cell in range(CELLS):
        expected = [other for other in range(CELLS) if cell in nearest[other].tolist()]
        assert reverse[begin[cell] :][: number[cell]].tolist() == expected


def transitions(graph):
    """Return the matrix of one step of the walk (cells x cells)."""
    nearest = graph[0].numpy()
    cells, neighbors = nearest.shape
    to_neighbour = np.zeros((cells, cells))
    to_neighbour[np.arange(cells)[:, None], nearest] = 1
    back = to_neighbour.T / np.maximum(to_neighbour.sum(0), 1)[:, None]
    return to_neighbour / neighbors @ back


def test_the_walk_ends_where_its_transition_matrix_says(pool):
    scores = principal_scores(pool)
    graph = shared_graph(scores, (torch.arange(CELLS),), 4)
    expected = np.linalg.matrix_power(transitions(graph), 3)
    source = generator(1)
    walks = 4000
    ends = np.zeros((CELLS, CELLS))
    for _ in range(walks):
        ends[np.arange(CELLS), walk(graph, 3, source).numpy()] += 1
    assert (ends[expected == 0] == 0).all()
    for cell in range(0, CELLS, 8):
        likely = expected[cell] * walks > 5
        rest = [walks - ends[cell, likely].sum(), walks * (1 - expected[cell, likely].sum())]
        counts, means = ends[cell, likely], expected[cell, likely] * walks
        if rest[1] > 1:
            counts, means = np.append(counts, rest[0]), np.append(means, rest[1])
        assert stats.chisquare(counts, means * counts.sum() / means.sum()).pvalue > 1e-4


def test_a_walk_is_as_long_as_it_leaves_communities_apart():
    """Compared with the traces of the powers of the walk's matrix."""
    random = torch.Generator().manual_seed(3)
    noise = torch.nn.functional.normalize(torch.randn(200, 30, generator=random))
    graph = shared_graph(noise, (torch.arange(200),), 5)
    powers = [np.linalg.matrix_power(transitions(graph), t) for t in range(1, 41)]
    traces = np.array([np.trace(power) for power in powers])
    for communities in (3, 5, 10, 20):
        exact = int((traces >= communities).sum())
        assert abs(informative_length(graph, 40, communities) - exact) <= 1
    assert informative_length(graph, 40, 1000) == 1
    assert informative_length(graph, 2, 3) == 2


def test_walks_in_groups_that_nothing_connects_may_be_long():
    corners = torch.eye(6).repeat_interleave(12, dim=0)
    random = torch.randn(72, 6, generator=generator()) * 0.01
    scores = torch.nn.functional.normalize(corners + random)
    graph = shared_graph(scores, (torch.arange(72),), 4)
    assert informative_length(graph, 32, 5) == 32
    assert informative_length(graph, 32, 12) < 32


def test_what_takes_the_walks_is_said_and_why(monkeypatch, caplog):
    assert walks_kernel(torch.device("cpu")) == (None, "PyTorch")
    monkeypatch.setitem(sys.modules, "clear.fast.walks_cuda", None)
    with caplog.at_level(logging.INFO, "clear"):
        kernel, words = walks_kernel(torch.device("cuda"))
    assert kernel is None and words.startswith("PyTorch (Triton cannot be used: ")
    assert "Walks take longer" in caplog.text
