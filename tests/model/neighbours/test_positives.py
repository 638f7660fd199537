"""Positives beyond the same cell, and what is learned from them."""

import dataclasses

import numpy as np
import torch

from clear.model import neighbours
from clear.model.collapse import collapsed
from clear.model.neighbours import Neighbours
from clear.model.train import train
from clear.presets import GRAPH_DIFFUSION
from tests.model.neighbours.graphs import CELLS, generator


def positives(pool, seed=0, **settings):
    made = Neighbours(
        dataclasses.replace(GRAPH_DIFFUSION, **settings), generator(seed), generator(seed + 1)
    )
    made.use(pool)
    return made.positives


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
    """All other cells are neighbours then, and of two cells a walk comes back to its own."""
    assert positives(pool[:2]).tolist() == [0, 1]
    same = pool[:1].repeat(6, 1)  # no direction at all
    for cells in (pool[:4], same):
        of_seeds = torch.stack([positives(cells, seed) for seed in range(60)])
        for reached in of_seeds.T:
            assert reached.unique().tolist() == list(range(len(cells)))


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
