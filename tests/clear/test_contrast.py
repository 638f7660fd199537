"""Equations 1 to 3 and the queue, against plain loops and numbers worked out by hand."""

import math

import pytest
import torch
from torch import nn

from clear.contrast import Queue, info_nce, update_key_encoder
from clear.encoder import unit_length


def unit_rows(rows, dimensions, seed):
    g = torch.Generator().manual_seed(seed)
    return unit_length(torch.randn(rows, dimensions, dtype=torch.float64, generator=g))


def equations_1_and_2(query, key, queue, temperature):
    """The paper's double sum, in its own numbering of pairs: (1, 2), (3, 4), ..."""
    n = len(query) // 2
    order = [row for cell in range(n) for row in (cell, cell + n)]
    anchors = [query[row].tolist() for row in order]
    everything = [key[row].tolist() for row in order] + queue.tolist()

    def exponential(i, k):
        dot = sum(a * b for a, b in zip(anchors[i], everything[k], strict=True))
        return math.exp(dot / temperature)

    def pairwise(i, j):
        below = sum(exponential(i, k) for k in range(len(everything)) if k != i)
        return -math.log(exponential(i, j) / below)

    total = sum(pairwise(2 * c, 2 * c + 1) + pairwise(2 * c + 1, 2 * c) for c in range(n))
    picked = 0
    for i in range(2 * n):
        best = max((k for k in range(len(everything)) if k != i), key=lambda k: exponential(i, k))
        picked += best == i + 1 - 2 * (i % 2)
    return total / (2 * n), picked / (2 * n)


@pytest.mark.parametrize(("cells", "queued"), [(5, 0), (5, 7), (1, 3), (1, 0)])
def test_loss_is_the_papers_double_sum(cells, queued):
    key, queue = unit_rows(2 * cells, 6, 1), unit_rows(queued, 6, 2)
    query = unit_length(key.roll(cells, 0) + 0.7 * unit_rows(2 * cells, 6, 3))
    loss, accuracy = info_nce(query, key, queue, 0.2)
    expected, share = equations_1_and_2(query, key, queue, 0.2)
    assert math.isclose(loss, expected, rel_tol=1e-12, abs_tol=1e-12)
    assert math.isclose(accuracy, share, rel_tol=1e-6)


def test_one_point_for_all_gives_chance_and_picks_nothing():
    same = unit_rows(1, 6, 0).expand(8, 6)
    loss, accuracy = info_nce(same, same, same[:5], 0.2)
    assert math.isclose(loss, math.log(8 - 1 + 5), rel_tol=1e-12)
    assert accuracy == 0


def test_gradient_matches_finite_differences():
    raw = unit_rows(6, 4, 1).requires_grad_()
    key, queue = unit_rows(6, 4, 2), unit_rows(3, 4, 3)
    assert torch.autograd.gradcheck(lambda x: info_nce(unit_length(x), key, queue, 0.2).loss, raw)


def test_single_cell_without_queue_has_a_finite_gradient():
    query = unit_rows(2, 4, 1).requires_grad_()
    info_nce(query, unit_rows(2, 4, 2), unit_rows(0, 4, 3), 0.2).loss.backward()
    assert query.grad.isfinite().all()


def test_momentum_update_by_hand():
    query, key = nn.Linear(1, 1), nn.Linear(1, 1)
    for module, value in ((query, 3.0), (key, 1.0)):
        nn.init.constant_(module.weight, value)
        nn.init.constant_(module.bias, -value)
    update_key_encoder(key, query, 0.9)
    assert math.isclose(key.weight.item(), 1.2, rel_tol=1e-6)  # 0.9 * 1 + 0.1 * 3
    update_key_encoder(key, query, 0.9)
    assert math.isclose(key.weight.item(), 1.38, rel_tol=1e-6)
    assert math.isclose(key.bias.item(), -1.38, rel_tol=1e-6)
    assert query.weight.item() == 3.0


def test_queue_drops_the_oldest():
    queue = Queue(5, 1, torch.device("cpu"))
    numbers = torch.arange(100.0)[:, None]

    def held():
        return sorted(queue.keys.flatten().tolist())

    assert held() == []
    queue.enqueue(numbers[:3])
    assert held() == [0, 1, 2]
    queue.enqueue(numbers[3:6])  # wraps around
    assert held() == [1, 2, 3, 4, 5]
    queue.enqueue(numbers[6:8])
    assert held() == [3, 4, 5, 6, 7]
    queue.enqueue(numbers[8:20])  # more than it holds
    assert held() == [15, 16, 17, 18, 19]
    queue.enqueue(numbers[20:21])
    assert held() == [16, 17, 18, 19, 20]


def test_queue_without_room_stays_empty():
    queue = Queue(0, 3, torch.device("cpu"))
    queue.enqueue(torch.ones(4, 3))
    assert queue.keys.shape == (0, 3)
