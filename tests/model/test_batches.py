"""The graph that joins batches, and what is learned from it."""

import dataclasses

import numpy as np
import pytest
import torch
from sklearn.neighbors import NearestNeighbors

from clear.model.batches import LEAST_SHARE, MUTUAL, add_rows, joined_graph, moved, mutual
from clear.model.components import find_components
from clear.model.encoder import embed
from clear.model.train import train
from clear.presets import GRAPH_DIFFUSION


@pytest.fixture(scope="module")
def cells():
    """300 cells of two batches that lie far apart: type 0 in the first only, 3 in the second."""
    random = np.random.default_rng(0)
    batch = np.arange(300) % 2
    kind = np.where(batch == 0, random.integers(0, 3, 300), random.integers(1, 4, 300))
    level = random.gamma(2.0, 1.0, 200)
    of_type = np.where(random.random((4, 200)) < 0.1, random.choice([0.2, 4.0], (4, 200)), 1)
    of_batch = np.exp(random.normal(0, 0.6, (2, 200)))
    values = np.log1p(random.poisson(level * of_type[kind] * of_batch[batch]))
    return torch.from_numpy(values.astype(np.float32)), torch.from_numpy(batch), kind


def units(cells, dimensions=6, seed=0):
    scores = torch.randn(cells, dimensions, generator=torch.Generator().manual_seed(seed))
    return torch.nn.functional.normalize(scores)


def test_mutual_neighbours_are_those_of_scikit_learn():
    scores, batches = units(90), torch.arange(90) % 3
    found = mutual(scores @ scores.T, batches)
    expected, own = np.zeros((90, 90), dtype=bool), np.zeros(90)
    for one in range(3):
        for other in range(3):
            rows, columns = (
                (batches == batch).nonzero().squeeze(1).numpy() for batch in (one, other)
            )
            search = NearestNeighbors(n_neighbors=MUTUAL).fit(scores[columns])
            near = search.kneighbors(scores[rows], return_distance=False)
            if one != other:
                expected[np.repeat(rows, MUTUAL), columns[near].ravel()] = True
            else:  # without a query the cell itself is left out
                own[rows] = 1 - search.kneighbors()[0][:, -1] ** 2 / 2
    expected &= expected.T
    alike = (scores @ scores.T).numpy() >= LEAST_SHARE * (own[:, None] + own) / 2
    assert (expected & ~alike).any()
    assert np.array_equal(found.numpy(), expected & alike)


def test_neighbours_are_of_the_batch_then_mutual_ones_of_others():
    scores, batches = units(80), (torch.arange(80) % 4 == 0).long()
    groups = torch.arange(80).tensor_split(2)
    nearest, *_ = joined_graph(scores, groups, batches, 4)
    assert nearest.shape == (80, 8)
    for rows in groups:
        similarity = scores[rows] @ scores[rows].T
        pairs = mutual(similarity, batches[rows])
        for place, row in enumerate(rows):
            inner, outer = nearest[row].split(4)
            same = [r for r in rows if batches[r] == batches[row] and r != row]
            best = sorted(same, key=lambda r: -float(scores[row] @ scores[r]))[:4]
            assert inner.tolist() == [int(r) for r in best]
            others = rows[pairs[place]]
            order = (scores[others] @ scores[row]).argsort(descending=True)
            expected = others[order][:4].tolist() or inner.tolist()
            assert outer.tolist() == [expected[i % len(expected)] for i in range(4)]


def test_few_cells_of_a_batch_repeat_and_a_single_one_has_itself():
    batches = torch.tensor([0] * 20 + [1] * 3 + [2])
    nearest, reverse, _, number = joined_graph(units(24), (torch.arange(24),), batches, 5)
    assert set(nearest[20, :5].tolist()) == {21, 22}
    assert nearest[23, :5].tolist() == [23] * 5
    assert int(number.sum()) == len(reverse) == nearest.numel()


def test_batches_of_other_composition_are_moved_onto_each_other():
    """The shift between two batches, whose types have other shares, against the true one."""
    random = np.random.default_rng(1)
    batches = torch.arange(400) % 2
    share = {0: [0.8, 0.1, 0.1], 1: [0.1, 0.1, 0.8]}
    kind = np.array([random.choice(3, p=share[int(batch)]) for batch in batches])
    centres = 8 * torch.eye(3, 5)[kind]
    scores = centres + torch.from_numpy(random.normal(0, 1, (400, 5)).astype(np.float32))
    for batch in (0, 1):  # centred within batches, as components are
        scores[batches == batch] -= scores[batches == batch].mean(dim=0)
    found = moved(scores, (torch.arange(400),), batches, scores.shape[1])
    found = torch.nn.functional.normalize(found)
    near = NearestNeighbors(n_neighbors=5)
    for name, space in (("before", torch.nn.functional.normalize(scores)), ("after", found)):
        one, other = ((batches == batch).numpy() for batch in (0, 1))
        places = near.fit(space[other]).kneighbors(space[one], return_distance=False)
        agrees = (kind[other][places] == kind[one][:, None]).mean()
        assert (agrees > 0.95) == (name == "after"), (name, agrees)


def test_rows_are_added_to_their_batch_in_either_way():
    random = torch.Generator().manual_seed(0)
    rows, of = torch.randn(50, 3, generator=random), torch.arange(50) % 4 * 2  # none of 1, 3 and 5
    expected = torch.ones(7, 3)
    for row, batch in zip(rows, of, strict=True):
        expected[batch] += row
    for one_by_one in (None, False, True):
        add_rows(sums := torch.ones(7, 3), of, rows, one_by_one)
        assert torch.allclose(sums, expected, atol=1e-5)


def test_standardised_within_batches(cells):
    pool, batches, _ = cells
    found = find_components(pool, torch.arange(300), 50, batches).scores(pool, batches)
    apart = pool.clone()
    apart[batches == 1] = apart[batches == 1] * 3 + 2  # another unit and offset of every gene
    again = find_components(apart, torch.arange(300), 50, batches).scores(apart, batches)
    assert torch.allclose(found @ found.T, again @ again.T, rtol=1e-3, atol=0.5)


def test_mixes_batches_of_a_type_and_keeps_apart_types_of_one_batch(cells):
    pool, batches, kind = cells
    preset = dataclasses.replace(GRAPH_DIFFUSION, hidden_direction=False, min_steps=600)

    def measured(told):
        """Return how far batches of a type lie apart, in distances of types, and the purity."""
        encoder, *_ = train(pool, preset, 0, batches=told, verbose=False)
        embedding = embed(encoder, pool, preset).numpy()
        centres = {
            (k, b): embedding[(kind == k) & (batches.numpy() == b)].mean(axis=0)
            for k, b in [(0, 0), (1, 0), (2, 0), (1, 1), (2, 1), (3, 1)]
        }
        apart = [np.linalg.norm(centres[k, 0] - centres[k, 1]) for k in (1, 2)]
        types = [np.linalg.norm(centres[1, b] - centres[2, b]) for b in (0, 1)]
        near = NearestNeighbors(n_neighbors=16).fit(embedding).kneighbors(return_distance=False)
        pure = (kind[near] == kind[:, None]).mean(axis=1)
        return np.mean(apart) / np.mean(types), pure[(kind == 0) | (kind == 3)].mean()

    (without, _), (told, pure) = measured(None), measured(batches)
    assert without > 0.7
    assert told < without / 2
    assert pure > 0.85
