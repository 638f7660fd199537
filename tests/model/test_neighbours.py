"""Positives beyond the same cell: the graph, the walk, and what is learned from them."""

import dataclasses
import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from scipy import stats
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors

from clear.model import neighbours
from clear.model.collapse import collapsed
from clear.model.components import find_components
from clear.model.neighbours import Neighbours
from clear.model.train import train
from clear.model.walks import informative_length, shared_graph, walk
from clear.presets import GRAPH_DIFFUSION

CELLS = 80


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def pool():
    """Eighty cells of two kinds, a quarter of them of the second one."""
    random = np.random.default_rng(0)
    kind = np.arange(CELLS) % 4 == 0
    rates = random.gamma(1.0, 1.0, (2, 60)) * np.where(np.arange(60) < 15, [[1], [6]], 1)
    values = np.log1p(random.poisson(rates[kind.astype(int)]))
    values[:, 7] = 2  # a gene that never varies
    return torch.from_numpy(values.astype(np.float32))


def positives(pool, seed=0, **settings):
    made = Neighbours(
        dataclasses.replace(GRAPH_DIFFUSION, **settings), generator(seed), generator(seed + 1)
    )
    made.use(pool)
    return made.positives


def principal_scores(pool):
    """Scores on the components of all cells, rows of length 1."""
    found = find_components(pool, torch.arange(len(pool)), 50)
    return torch.nn.functional.normalize(found.scores(pool))


def scanpy_scores(values):
    """Standardise, cut at 10, and take all principal components, with scikit-learn."""
    deviation = values.std(0)
    scaled = np.clip((values - values.mean(0)) / np.where(deviation > 0, deviation, 1), None, 10)
    scores = PCA(50, svd_solver="full").fit_transform(scaled)
    return scores / np.linalg.norm(scores, axis=1, keepdims=True)


def test_scores_are_the_principal_components_of_standardised_genes(pool):
    found = principal_scores(pool).double().numpy()
    expected = scanpy_scores(pool.double().numpy())
    assert found.shape == (CELLS, 50)
    # Components have no sign, and which of equal ones is left out is open: cosines count.
    assert np.allclose(found @ found.T, expected @ expected.T, atol=2e-3)


def test_outliers_count_as_ten_standard_deviations(pool):
    wild = torch.cat([pool] * 3)
    wild[5, 3] = 1e4
    tame = principal_scores(wild).double().numpy()
    expected = scanpy_scores(wild.double().numpy())
    assert np.allclose(tame @ tame.T, expected @ expected.T, atol=2e-2)


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


def test_positives_stay_in_the_kind_and_repeat_for_a_seed(pool):
    kind = torch.arange(CELLS) % 4 == 0
    ends = positives(pool)
    assert (kind[ends] == kind).float().mean() > 0.95
    assert (ends != torch.arange(CELLS)).float().mean() > 0.8
    assert torch.equal(ends, positives(pool))
    assert not torch.equal(ends, positives(pool, seed=5))


def test_walks_stay_in_their_group_and_groups_change(pool):
    preset = dataclasses.replace(GRAPH_DIFFUSION, neighborhood=30, neighbors=3)
    made = Neighbours(preset, generator(), generator(1))
    reached = torch.zeros(CELLS, CELLS, dtype=torch.bool)
    for _ in range(40):
        made.use(pool)
        # Cells that are connected by walks of any length: at most a group.
        nearest = made.graph[0]
        links = np.zeros((CELLS, CELLS), bool)
        links[np.arange(CELLS)[:, None], nearest] = True
        together = np.linalg.matrix_power((links | links.T).astype(float) + np.eye(CELLS), 30) > 0
        assert together.sum(1).max() <= 27  # 80 cells in three groups
        assert together[np.arange(CELLS), made.positives].all()
        reached |= torch.from_numpy(together)
    assert reached.sum(1).min() > 27  # more than any one group


def test_more_neighbours_than_cells(pool):
    assert positives(pool[:2]).tolist() in ([0, 1], [0, 0], [1, 0], [1, 1])
    assert len(positives(pool[:4])) == 4
    same = pool[:1].repeat(6, 1)  # no direction at all
    assert positives(same).max() < 6


def test_positives_stay_where_they_are(pool):
    made = Neighbours(GRAPH_DIFFUSION, generator(), generator(1))
    made.use(pool)
    first, place = made.positives.clone(), made.positives.data_ptr()
    made.use(pool)
    assert made.positives.data_ptr() == place
    assert not torch.equal(made.positives, first)


def test_rare_kinds_get_long_vectors_and_the_loss_its_least_value(pool):
    """Kinds without a link between them: at the optimum a kind of share p has length p**-0.5."""
    far = torch.zeros(CELLS, 60)
    kind = torch.arange(CELLS) % 4 == 0
    far[kind, :20], far[~kind, 20:] = 3.0, 3.0
    far += 0.3 * torch.rand(far.shape, generator=generator())
    undistorted = {
        f"{step}_probability": 0.0
        for step in ("mask", "noise", "swap", "crossover", "crossover_many")
    }
    preset = dataclasses.replace(
        GRAPH_DIFFUSION, hidden_nodes=64, n_latent=8, min_steps=400, **undistorted
    )
    encoder, history, _ = train(far, preset, 0)
    assert len(history) == 400  # one minibatch an epoch
    lengths = encoder(far).norm(dim=1)
    assert torch.allclose(lengths[kind].mean(), torch.tensor(2.0), rtol=0.03)
    assert torch.allclose(lengths[~kind].mean(), torch.tensor(1.155), rtol=0.03)
    # -(the number of kinds): the eigenvalues of the walk are 1. In a minibatch without the
    # positive's pair a little less.
    assert -2.2 < history[-1]["loss"] < -1.9
    assert history[-1]["chance"] == -1
    assert not collapsed(history, 8)


def test_guessing_is_a_collapse_under_the_spectral_loss():
    row = {"loss": -1.003, "chance": -1.0, "embedding_sd": 0.3}
    assert collapsed([row], 8)
    assert not collapsed([row | {"loss": -1.2}], 8)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_components_take_no_memory_that_grows_with_the_cells():
    """An upper bound, with all blocks on the heap: some of them and the scores, not all cells."""
    code = """
import torch
from clear.model.components import find_components
def peak(name):
    lines = open("/proc/self/status").read().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1000
torch.set_num_threads(1)
pool = torch.rand(60_000, 1000, generator=torch.Generator().manual_seed(0))
find_components(pool[:5000], torch.arange(1000), 50).scores(pool[:5000])
before = peak("VmRSS")
for start in range(2):
    find_components(pool, torch.arange(start, len(pool), 15), 50).scores(pool)
print(peak("VmHWM") - before)
"""
    heap = os.environ | {"MALLOC_MMAP_THRESHOLD_": "100000000"}
    done = subprocess.run([sys.executable, "-c", code], env=heap, capture_output=True, check=True)
    assert float(done.stdout) < 150


def test_components_are_found_once_for_a_pool(pool, monkeypatch):
    """In groups too, which are drawn in every epoch; and again for other cells or a new sample."""
    found = []
    real = neighbours.find_components
    monkeypatch.setattr(neighbours, "find_components", lambda *a: found.append(a) or real(*a))
    preset = dataclasses.replace(GRAPH_DIFFUSION, neighborhood=30, neighbors=3)
    made = Neighbours(preset, generator(), generator(1))
    graphs = []
    for cells in (pool, pool, pool[:70]):
        made.use(cells)
        graphs.append(made.graph.nearest)
    assert [len(cells) for cells, *_ in found] == [CELLS, 70]
    assert not torch.equal(graphs[0], graphs[1])
    monkeypatch.setattr(neighbours, "SAMPLE", 50)
    made.use(pool[:70])
    made.use(made.pool)
    assert len(found) == 4 and not torch.equal(found[2][1], found[3][1])


def test_a_training_in_groups_is_resumed_with_the_same_bits(pool, monkeypatch):
    """More cells than components are computed from, so that they are drawn in every epoch."""
    monkeypatch.setattr(neighbours, "SAMPLE", 50)
    preset = dataclasses.replace(
        GRAPH_DIFFUSION, neighborhood=30, neighbors=3, epochs=4, min_steps=0, batch_size=40
    )
    states = []
    whole, *_ = train(pool, preset, 0, on_epoch=lambda epoch, state: states.append(state()))
    again, *_ = train(pool, preset, 0, resume=states[1])
    for one, other in zip(whole.parameters(), again.parameters(), strict=True):
        assert torch.equal(one, other)
