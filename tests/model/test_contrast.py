"""Equations 1 to 3 and the queue, against plain loops and numbers worked out by hand."""

import math

import pytest
import torch
from torch import nn

from clear.model.contrast import info_nce, spectral, uniformity, update_key_encoder
from clear.model.encoder import unit_length
from clear.model.queue import Queue


def unit_rows(rows, dimensions, seed):
    g = torch.Generator().manual_seed(seed)
    return unit_length(torch.randn(rows, dimensions, dtype=torch.float64, generator=g))


def one_by_one(query, key, queue, temperature, symmetrical, batch_negatives):
    """Equations 1 and 2 with a list of negatives for every anchor: loss, share picked and K."""
    half = len(query) // 2
    losses, picked, counts = [], [], []
    for i in range(len(query)):
        positive = (i + half) % len(query) if symmetrical else i
        same_cell = {i, positive}
        negatives = [k for j, k in enumerate(key) if batch_negatives and j not in same_cell]
        negatives += list(queue)
        right = math.exp(float(query[i] @ key[positive]) / temperature)
        wrong = [math.exp(float(query[i] @ k) / temperature) for k in negatives]
        losses.append(-math.log(right / (right + sum(wrong))))
        picked.append(right > max(wrong, default=0))
        counts.append(len(negatives))
    assert len(set(counts)) == 1
    return sum(losses) / len(losses), sum(picked) / len(picked), counts[0]


@pytest.mark.parametrize(
    ("symmetrical", "batch_negatives", "cells", "queued"),
    [
        *((one, other, 3, 9) for one in (True, False) for other in (True, False)),
        *((True, True, cells, queued) for cells, queued in ((5, 0), (1, 3), (1, 0))),
    ],
)
def test_every_kind_of_loss_is_its_double_loop(symmetrical, batch_negatives, cells, queued):
    key, queue = unit_rows(2 * cells, 5, 1), unit_rows(queued, 5, 2)
    near = key.roll(cells, 0) if symmetrical else key
    query = unit_length(near + 1.5 * unit_rows(2 * cells, 5, 3))
    kind = {"symmetrical": symmetrical, "batch_negatives": batch_negatives}
    found = info_nce(query, key, queue, 0.2, **kind)
    loss, share, negatives = one_by_one(query, key, queue, 0.2, **kind)
    assert math.isclose(found.loss, loss, rel_tol=1e-12, abs_tol=1e-12)
    assert math.isclose(found.accuracy, share, rel_tol=1e-6)
    assert 0 < share < 1 or cells == 1
    assert math.isclose(found.chance, math.log(1 + negatives))
    squares = [float((q - k).square().sum()) for q, k in zip(query, near, strict=True)]
    assert math.isclose(found.alignment, sum(squares) / len(squares), rel_tol=1e-12)


def test_uniformity_is_its_double_loop():
    x = unit_rows(7, 4, 5)
    terms = [
        math.exp(-2 * float((x[i] - x[j]).square().sum()))
        for i in range(7)
        for j in range(7)
        if i != j
    ]
    assert math.isclose(uniformity(x), math.log(sum(terms) / len(terms)), rel_tol=1e-12)


def test_uniformity_of_one_point_of_dead_rows_and_of_many_directions():
    assert abs(uniformity(unit_rows(1, 4, 0).expand(6, 4))) < 1e-12
    assert uniformity(torch.zeros(6, 4)) == 0
    assert uniformity(torch.ones(1, 1)) == 0
    assert -4 < uniformity(unit_rows(400, 200, 1)) < -3.9  # orthogonal: d^2 = 2


def test_one_point_for_all_gives_chance_and_picks_nothing():
    same = unit_rows(1, 6, 0).expand(8, 6)
    loss, _, accuracy, alignment = info_nce(same, same, same[:5], 0.2)
    assert math.isclose(loss, math.log(8 - 1 + 5), rel_tol=1e-12)
    assert accuracy == 0
    assert alignment == 0


def test_gradient_matches_finite_differences():
    raw = unit_rows(6, 4, 1).requires_grad_()
    key, queue = unit_rows(6, 4, 2), unit_rows(3, 4, 3)
    for kind in ((True, True), (False, False)):
        assert torch.autograd.gradcheck(
            lambda x, kind=kind: info_nce(unit_length(x), key, queue, 0.2, *kind).loss, raw
        )


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


def test_queue_that_starts_random_is_full_of_directions():
    queue = Queue(500, 8, torch.device("cpu"), torch.Generator().manual_seed(1))
    start = queue.keys.clone()
    assert torch.allclose(start.norm(dim=1), torch.ones(500))
    assert (start.mean(dim=0).abs() < 5 * (1 / 8 / 500) ** 0.5).all()  # no direction preferred
    again = Queue(500, 8, torch.device("cpu"), torch.Generator().manual_seed(1))
    assert torch.equal(again.keys, start)
    queue.enqueue(torch.zeros(120, 8))
    assert len(queue.keys) == 500
    assert (queue.keys == 0).all(dim=1).sum() == 120


def test_restored_queue_goes_on_where_it_was():
    numbers = torch.arange(100.0)[:, None]
    first, second = (Queue(5, 1, torch.device("cpu")) for _ in range(2))
    first.enqueue(numbers[:3])
    ring, places = first.state()
    second.restore(ring, places)
    for queue in (first, second):
        queue.enqueue(numbers[3:7])
    assert torch.equal(first.keys, second.keys)
    assert sorted(second.keys.flatten().tolist()) == [2, 3, 4, 5, 6]


@pytest.mark.parametrize("symmetrical", [True, False])
@pytest.mark.parametrize("batch_negatives", [True, False])
@pytest.mark.parametrize("queued", [0, 5])
def test_spectral_loss_is_that_of_a_double_loop(symmetrical, batch_negatives, queued):
    query, key, queue = (
        torch.randn(n, 4, generator=torch.Generator().manual_seed(n), dtype=torch.float64)
        for n in (6, 7, queued)
    )
    key = key[:6]
    losses, picked = [], 0
    for i in range(6):
        j = (i + 3) % 6 if symmetrical else i
        negatives = list(queue)
        if batch_negatives:
            negatives += [key[k] for k in range(6) if k not in (i, j)]
        squares = [float(query[i] @ k) ** 2 for k in negatives]
        positive = float(query[i] @ key[j])
        losses.append(-2 * positive + sum(squares) / max(len(squares), 1))
        # Those that are left out count as 0, and products are rounded to bfloat16.
        others = [float(query[i].bfloat16() @ k.bfloat16()) for k in negatives]
        picked += all(positive > other for other in others + [0.0] * batch_negatives)
    found = spectral(query, key, queue, symmetrical, batch_negatives)
    assert math.isclose(found.loss, sum(losses) / 6, rel_tol=1e-9)
    assert math.isclose(found.accuracy, picked / 6, rel_tol=1e-6)


def test_spectral_gradient_is_half_of_that_with_one_encoder():
    """Both encoders being the same and the pairs symmetrical, the two halves are equal."""
    raw = torch.randn(8, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    whole = raw.clone().requires_grad_()
    spectral(whole, whole, whole[:0]).loss.backward()
    half = raw.clone().requires_grad_()
    spectral(half, raw, raw[:0]).loss.backward()
    assert torch.allclose(whole.grad, 2 * half.grad)


def test_scales_of_dimensions_multiply_query_and_positive_but_no_negative():
    query, key, queue = (
        torch.randn(n, 4, generator=torch.Generator().manual_seed(n), dtype=torch.float64)
        for n in (6, 7, 5)
    )
    key, scales = key[:6], torch.tensor([1.0, 0.5, 0.2, 0.0], dtype=torch.float64)
    losses, picked = [], 0
    for i in range(6):
        mine = query[i] * scales
        negatives = [*queue, *(key[k] for k in range(6) if k != i)]
        squares = [float(mine @ k) ** 2 for k in negatives]
        losses.append(-2 * float(mine @ (key[i] * scales)) + sum(squares) / len(squares))
        others = [float(mine.bfloat16() @ k.bfloat16()) for k in negatives]
        picked += all(float(mine @ key[i]) > other for other in [*others, 0.0])
    found = spectral(query, key, queue, False, True, scales)
    assert math.isclose(found.loss, sum(losses) / 6, rel_tol=1e-9)
    assert math.isclose(found.accuracy, picked / 6, rel_tol=1e-6)
    cosines = torch.cosine_similarity(query * scales, key * scales)
    assert math.isclose(found.alignment, (2 - 2 * cosines).mean(), rel_tol=1e-9)


def test_with_whitened_keys_the_least_loss_is_at_the_mean_positive_whatever_the_scales():
    """An error e in a dimension of scale s costs (s e)^2 more than the least."""
    random = torch.Generator().manual_seed(0)
    keys = torch.linalg.qr(torch.randn(40, 3, generator=random, dtype=torch.float64)).Q * 40**0.5
    scales = torch.tensor([1.0, 0.5, 0.1], dtype=torch.float64)

    def loss(error):
        # Each cell has two positives; their mean is what it should learn. All keys are negatives.
        mean = (keys + keys.roll(-1, 0)) / 2 + error
        first, second = (
            spectral(mean, keys.roll(-step, 0), keys, False, False, scales).loss for step in (0, 1)
        )
        return float(first + second) / 2

    least = loss(torch.zeros(3, dtype=torch.float64))
    for dimension in range(3):
        error = torch.zeros(3, dtype=torch.float64)
        error[dimension] = 0.3
        for sign in (1, -1):
            more = loss(sign * error) - least
            assert math.isclose(more, (0.3 * float(scales[dimension])) ** 2, rel_tol=1e-6)
